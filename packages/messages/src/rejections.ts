import { Rejection } from "@postern/rejection"

/** What is wrong with a parameter that is there. */
export type ParameterProblem =
  /** It has characters that its grammar (OAuth 2.1 appendix A) does not have, or is no UTF-8. */
  | "characters"
  | "too-long"
  /** It is none of the values that the parameter may have. */
  | "value"
  /** It stands beside a parameter that excludes it. */
  | "conflict"

const PROBLEMS: Readonly<Record<ParameterProblem, string>> = {
  characters: "has characters that are not allowed in it",
  "too-long": "is longer than is accepted",
  value: "has a value that is not allowed",
  conflict: "stands beside a parameter that excludes it"
}

/** A parameter that is there more than once; `resource` alone may repeat (RFC 8707 section 2). */
export class ParameterRepeated extends Rejection("ParameterRepeated", "OAuth 2.1 section 3.1")<{
  readonly parameter: string
}> {
  override get message() {
    return `the parameter ${shown(this.parameter)} is there more than once`
  }
}

/** More parameters, or longer ones in all, than are read. */
export class ParametersTooLarge extends Rejection("ParametersTooLarge", "OAuth 2.1 section 3.1")<{
  readonly reason: "number" | "length"
  readonly maximum: number
}> {
  override get message() {
    return this.reason === "number"
      ? `there are more than ${this.maximum} parameters`
      : `the parameters are longer than ${this.maximum} characters`
  }
}

/** A required parameter that is absent or empty. */
export class ParameterMissing extends Rejection("ParameterMissing", "OAuth 2.1 section 4.1")<{
  readonly spec: string
  readonly parameter: string
}> {
  override get message() {
    return `the parameter ${this.parameter} is required`
  }
}

/** A parameter whose value is not allowed. */
export class ParameterInvalid extends Rejection("ParameterInvalid", "OAuth 2.1 appendix A")<{
  readonly parameter: string
  readonly reason: ParameterProblem
}> {
  override get message() {
    return `the parameter ${this.parameter} ${PROBLEMS[this.reason]}`
  }
}

/** A parameter that would replace the request by something else, which is not fetched, read or believed. */
export class ParameterUnsupported extends Rejection("ParameterUnsupported", "OpenID Connect Core 1.0 section 3.1.2.6")<{
  readonly parameter: "request" | "request_uri" | "registration"
}> {
  override get message() {
    return `the parameter ${this.parameter} is not supported`
  }
}

/** A `response_type` other than `code`. */
export class ResponseTypeUnsupported extends Rejection("ResponseTypeUnsupported", "OAuth 2.1 section 4.1.1") {
  override get message() {
    return "the response_type is not code"
  }
}

/** An authorization request without `code_challenge`. */
export class ChallengeMissing extends Rejection("ChallengeMissing", "RFC 7636 section 4.3") {
  override get message() {
    return "the parameter code_challenge is required"
  }
}

/** A `resource` that is no resource identifier, or one without secure transport. */
export class ResourceInvalid extends Rejection("ResourceInvalid", "RFC 8707 section 2")<{
  readonly reason: "malformed" | "insecure"
}> {
  override get message() {
    return this.reason === "malformed"
      ? "a resource is no absolute URI without fragment"
      : "a resource is neither https nor http on loopback"
  }
}

/** A `grant_type` other than `authorization_code`, `refresh_token` and `client_credentials`. */
export class GrantTypeUnsupported extends Rejection("GrantTypeUnsupported", "OAuth 2.1 section 3.2.4") {
  override get message() {
    return "the grant_type is not authorization_code, refresh_token or client_credentials"
  }
}

/** One thing that is wrong with a JSON response, by the path of its member. */
export interface ResponseIssue {
  readonly path: string
  /** The rest of a sentence that begins with the path; never repeats the value. */
  readonly message: string
}

const sentence = (issues: ReadonlyArray<ResponseIssue>): string =>
  issues.map(({ path, message }) => (path === "" ? message : `${path} ${message}`)).join("; ")

/** A token response that is not one; `issues` has everything that is wrong with it. */
export class TokenResponseMalformed extends Rejection("TokenResponseMalformed", "OAuth 2.1 section 3.2.3")<{
  readonly issues: ReadonlyArray<ResponseIssue>
}> {
  override get message() {
    return `the token response is malformed: ${sentence(this.issues)}`
  }
}

/** An error response whose `error` is missing or outside its grammar. */
export class ErrorResponseMalformed extends Rejection("ErrorResponseMalformed", "OAuth 2.1 section 3.2.4")<{
  readonly issues: ReadonlyArray<ResponseIssue>
}> {
  override get message() {
    return `the error response is malformed: ${sentence(this.issues)}`
  }
}

/** Basic credentials that are not base64, have no colon, or are not form-encoded inside. */
export class BasicCredentialsMalformed extends Rejection("BasicCredentialsMalformed", "OAuth 2.1 section 2.4.1")<{
  readonly reason: "base64" | "colon" | "encoding"
}> {
  override get message() {
    return `the client credentials are malformed: ${BASIC_PROBLEMS[this.reason]}`
  }
}

const BASIC_PROBLEMS = {
  base64: "they are not base64",
  colon: "they have no colon, or no client identifier before it",
  encoding: "the identifier or the secret is not form-encoded (RFC 6749 appendix B)"
} as const

/** A name that a stranger chose, short enough and plain enough for a sentence. */
const shown = (name: string): string => (/^[\w.-]{1,64}$/.test(name) ? name : "with a name that is not shown")
