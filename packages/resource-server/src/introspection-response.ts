import { IssuerMismatch, TokenBound, type TokenRejection, TypeMismatch, type VerifiedToken } from "@postern/jwt-verify"
import { parseJson } from "@postern/metadata"
import type { FetchRejected, SafeResponse, TransportFailed } from "@postern/safe-fetch"
import * as Result from "effect/Result"
import { readAnswer } from "./introspection-claims.ts"
import type { IntrospectionSettings } from "./introspection-options.ts"
import { isObject, type JsonObject, member } from "./json-object.ts"
import { IntrospectionUnavailable, TokenInactive } from "./rejections.ts"

/** Why an answer says that a token is not good. */
export type IntrospectionRejection = TokenRejection | TokenInactive

const isOneOf = (value: unknown, names: ReadonlyArray<string>): boolean =>
  typeof value === "string" && names.includes(value.toLowerCase())

// A server is asked about any token that it issued and may call its refresh token active too. What it says of the kind has to
// fit; RFC 7662 section 2.2 leaves it free to say nothing.
const checkKind = (members: JsonObject): TypeMismatch | TokenBound | undefined => {
  const type = member(members, "token_type")
  if (type !== undefined && !isOneOf(type, ["bearer", "dpop"]))
    return new TypeMismatch({ expected: ["Bearer", "DPoP"] })
  const use = member(members, "token_use")
  if (use !== undefined && !isOneOf(use, ["access", "access_token"]))
    return new TypeMismatch({ expected: ["access_token"] })
  // It is bound to a key, and the answer does not say to which.
  return isOneOf(type, ["dpop"]) && member(members, "cnf") === undefined ? new TokenBound() : undefined
}

const readObject = (
  members: JsonObject,
  settings: IntrospectionSettings
): Result.Result<VerifiedToken, IntrospectionRejection> => {
  // RFC 7662 section 2.2: "active: REQUIRED. Boolean indicator"; a text or a number indicates nothing.
  if (member(members, "active") !== true) return Result.fail(new TokenInactive())
  const issuer = member(members, "iss")
  if (issuer !== undefined && issuer !== settings.issuer) {
    return Result.fail(new IssuerMismatch({ expected: [settings.issuer] }))
  }
  const otherKind = checkKind(members)
  return otherKind === undefined ? readAnswer(members, settings) : Result.fail(otherKind)
}

/** What an answer says about a token (RFC 7662 section 2.2); an answer that is none is a failure. */
export const readIntrospection = (
  { status, text }: Pick<SafeResponse, "status" | "text">,
  settings: IntrospectionSettings
): Result.Result<Result.Result<VerifiedToken, IntrospectionRejection>, IntrospectionUnavailable> => {
  const { issuer } = settings
  const fail = (reason: IntrospectionUnavailable["reason"]) =>
    Result.fail(new IntrospectionUnavailable({ issuer, reason }))
  // RFC 7662 section 2.3: the credentials are ours, so this says nothing about the token.
  if (status === 401 || status === 403) return fail("refused")
  if (status !== 200) return fail("status")
  const json = parseJson(text)
  if (Result.isFailure(json) || !isObject(json.success)) return fail("malformed")
  return Result.succeed(readObject(json.success, settings))
}

/** Why no answer came. */
export const failureReason = (error: FetchRejected | TransportFailed): IntrospectionUnavailable["reason"] => {
  switch (error.reason) {
    case "timeout":
      return "timeout"
    case "redirect":
      return "status"
    case "too-large":
    case "content-type":
      return "malformed"
    default:
      return "network"
  }
}
