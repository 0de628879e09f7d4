import { Rejection } from "@postern/rejection"

// Marked pure, so that a bundle has only those of these classes that its program can meet.

/** What a header that does not follow the grammar got wrong. */
export type Flaw = "unexpected-character" | "unclosed-quote" | "parameter-unattached" | "too-many-elements"

const sentences: Readonly<Record<Flaw, string>> = {
  "unexpected-character": "has a character where none of its kind may stand",
  "unclosed-quote": "has a quoted string that does not end",
  "parameter-unattached": "has a parameter that belongs to no scheme",
  "too-many-elements": "has more than 256 elements in its list"
}

/**
 * `WWW-Authenticate` does not follow its grammar. `line` counts the header lines that were given and `position` the
 * characters of that line, both from 0.
 */
export class ChallengeMalformed
  extends /*#__PURE__*/ Rejection("ChallengeMalformed", "RFC 9110 section 11.6.1")<{
    readonly reason: Flaw
    readonly line: number
    readonly position: number
  }>
{
  override get message() {
    return `WWW-Authenticate ${sentences[this.reason]} (line ${this.line}, position ${this.position})`
  }
}

/** A challenge names a parameter twice, whatever the case of its letters; `parameter` is in lower case. */
export class ParameterRepeated
  extends /*#__PURE__*/ Rejection("ParameterRepeated", "RFC 9110 section 11.2")<{
    readonly scheme: string
    readonly parameter: string
  }>
{
  override get message() {
    return "a challenge in WWW-Authenticate has the same parameter more than once"
  }
}

/** Several challenges of one scheme say different things, so none of them can be followed. */
export class ChallengeAmbiguous
  extends /*#__PURE__*/ Rejection("ChallengeAmbiguous", "RFC 6750 section 3")<{
    readonly scheme: "bearer" | "dpop"
  }>
{
  override get message() {
    return `WWW-Authenticate has several ${this.scheme} challenges that disagree`
  }
}

/** `Authorization` does not hold the credentials of one scheme. */
export class CredentialsMalformed
  extends /*#__PURE__*/ Rejection("CredentialsMalformed", "RFC 9110 section 11.4")<{
    readonly reason: Flaw | "parameter-repeated" | "several"
  }>
{
  override get message() {
    if (this.reason === "several") return "Authorization holds more than one set of credentials"
    if (this.reason === "parameter-repeated") return "Authorization has the same parameter more than once"
    return `Authorization ${sentences[this.reason]}`
  }
}

/**
 * A challenge that was to be built has something that cannot be written into a header. `parameter` is its name in lower
 * case, absent when the name itself is what cannot be written.
 */
export class ChallengeUnrepresentable
  extends /*#__PURE__*/ Rejection("ChallengeUnrepresentable", "RFC 9110 section 11.3")<{
    readonly reason:
      | "scheme"
      | "token68"
      | "parameter-name"
      | "parameter-value"
      | "parameter-repeated"
      | "too-many-parameters"
    readonly parameter?: string | undefined
  }>
{
  override get message() {
    if (this.reason === "parameter-repeated") return "the challenge would have the same parameter more than once"
    return this.reason === "too-many-parameters"
      ? "the challenge would have more than 256 parameters"
      : `the ${this.reason.replace("-", " ")} cannot be written into a challenge`
  }
}
