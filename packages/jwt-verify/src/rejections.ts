import { Failure, Rejection } from "@postern/rejection"

/** An option of the verifier breaks a rule: `key` names it, `reason` says which (RFC 8725 section 3). */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "RFC 8725 section 3")<{
  readonly key: string
  readonly reason: string
  /** The preset that has the option, or that made the issuer that has it; of an issuer of one's own, its dialect by name. */
  readonly preset?: string
}> {
  override get message() {
    const of = this.preset === undefined ? "" : ` (of the preset ${this.preset})`
    return `the verifier's option ${this.key} is wrong: ${this.reason}${of}`
  }
}

/** What is wrong with the form of a token. */
export type TokenProblem =
  | "too-large"
  | "part-count"
  | "encoding"
  | "json"
  | "member"
  | "critical-extension"
  | "key-in-header"

/** The token is not a JWT in compact form that is read here (RFC 7519 section 7.2). */
export class TokenMalformed extends Rejection("TokenMalformed", "RFC 7519 section 7.2")<{
  readonly part: "token" | "header" | "claims" | "signature"
  readonly reason: TokenProblem
}> {
  override get message() {
    return `the token's form is wrong: ${this.part}, ${this.reason}`
  }
}

/** The token has five parts: it is encrypted, and no decryption is agreed (RFC 9068 section 4). */
export class TokenEncrypted extends Rejection("TokenEncrypted", "RFC 9068 section 4") {
  override get message() {
    return (
      "the token is encrypted (a JWE), which nothing here can read: have the authorization server issue signed access " +
      "tokens; some, such as Auth0, encrypt those that a client asked for without naming an audience or resource"
    )
  }
}

/** The header names an algorithm that is not in the allow-list (RFC 8725 section 3.1). */
export class AlgorithmForbidden extends Rejection("AlgorithmForbidden", "RFC 8725 section 3.1")<{
  readonly allowed: ReadonlyArray<string>
}> {
  override get message() {
    return `the token's algorithm is not one of ${this.allowed.join(", ")}`
  }
}

/** The header's `typ` is not that of an access token (RFC 9068 section 4). */
export class TypeMismatch extends Rejection("TypeMismatch", "RFC 9068 section 4")<{
  readonly expected: ReadonlyArray<string>
}> {
  override get message() {
    return `the token's type is not ${this.expected.join(" or ")}`
  }
}

/** The issuer's keys hold none, or more than one, that this token can have been signed with (RFC 7515 section 4.1.4). */
export class KeyUnknown extends Rejection("KeyUnknown", "RFC 7515 section 4.1.4")<{
  readonly reason: "none" | "ambiguous"
}> {
  override get message() {
    return this.reason === "none"
      ? "the issuer has no key for this token"
      : "several of the issuer's keys fit this token and it does not say which"
  }
}

/** The signature is not one of the issuer's key over these bytes (RFC 7515 section 5.2). */
export class SignatureInvalid extends Rejection("SignatureInvalid", "RFC 7515 section 5.2") {
  override get message() {
    return "the token's signature does not match"
  }
}

/** `iss` is not, character for character, an issuer that is trusted here (RFC 9068 section 4). */
export class IssuerMismatch extends Rejection("IssuerMismatch", "RFC 9068 section 4")<{
  readonly expected: ReadonlyArray<string>
}> {
  override get message() {
    return "the token is from another issuer"
  }
}

/** `aud` does not name us, or names a stranger beside us who is not listed: `"foreign"` (RFC 9068 section 4). */
export class AudienceMismatch extends Rejection("AudienceMismatch", "RFC 9068 section 4")<{
  readonly expected: ReadonlyArray<string>
  readonly reason: "absent" | "shape" | "other" | "foreign"
}> {
  override get message() {
    return "the token is for another audience"
  }
}

/** `exp`, in seconds since 1970, is past (RFC 7519 section 4.1.4). */
export class TokenExpired extends Rejection("TokenExpired", "RFC 7519 section 4.1.4")<{ readonly expiredAt: number }> {
  override get message() {
    return "the token has expired"
  }
}

/** `nbf` or `iat`, in seconds since 1970, lies ahead (RFC 7519 sections 4.1.5 and 4.1.6). */
export class TokenNotYetValid extends Rejection("TokenNotYetValid", "RFC 7519 section 4.1.5")<{
  readonly claim: "nbf" | "iat"
  readonly validFrom: number
}> {
  override get message() {
    return `the token is not valid yet by its ${this.claim}`
  }
}

/** A claim that every access token has is absent (RFC 9068 section 2.2). */
export class ClaimMissing extends Rejection("ClaimMissing", "RFC 9068 section 2.2")<{
  readonly claim: string
  readonly spec: string
}> {
  override get message() {
    return `the token has no ${this.claim}`
  }
}

/** A claim has a value that it cannot have (RFC 9068 section 2.2). */
export class ClaimInvalid extends Rejection("ClaimInvalid", "RFC 9068 section 2.2")<{ readonly claim: string }> {
  override get message() {
    return `the token's ${this.claim} has a value that it cannot have`
  }
}

/** The token lives longer, in seconds, than is accepted here (RFC 9700 section 2.2.1). */
export class LifetimeTooLong extends Rejection("LifetimeTooLong", "RFC 9700 section 2.2.1")<{
  readonly maximumSeconds: number
}> {
  override get message() {
    return `the token lives longer than ${this.maximumSeconds} seconds`
  }
}

/** `cnf` binds the token to a key and no proof of that key was checked (RFC 9449 section 7.2, RFC 7800 section 3.1). */
export class TokenBound extends Rejection("TokenBound", "RFC 9449 section 7.2") {
  override get message() {
    return "the token is bound to a key and no proof of that key was checked"
  }
}

/** The token was given to a client that is not let in here (RFC 9068 section 4). */
export class ClientForbidden extends Rejection("ClientForbidden", "RFC 9068 section 4") {
  override get message() {
    return "the token's client is not let in here"
  }
}

/** The token, or the grant behind it, was revoked (RFC 7009 section 2). */
export class TokenRevoked extends Rejection("TokenRevoked", "RFC 7009 section 2") {
  override get message() {
    return "the token was revoked"
  }
}

/** Everything that a token can be refused for. */
export type TokenRejection =
  | TokenMalformed
  | TokenEncrypted
  | AlgorithmForbidden
  | TypeMismatch
  | KeyUnknown
  | SignatureInvalid
  | IssuerMismatch
  | AudienceMismatch
  | TokenExpired
  | TokenNotYetValid
  | ClaimMissing
  | ClaimInvalid
  | LifetimeTooLong
  | TokenBound
  | ClientForbidden
  | TokenRevoked

/** The issuer's keys could not be had, and none that may still be used are held. */
export class KeysUnavailable extends Failure("KeysUnavailable")<{
  readonly issuer: string
  readonly reason: "network" | "timeout" | "refused" | "status" | "too-large" | "malformed"
}> {
  override get message() {
    return `the keys of ${this.issuer} are not available: ${this.reason}`
  }
}

/** Whether the token was revoked could not be found out. */
export class RevocationUnavailable extends Failure("RevocationUnavailable")<{ readonly issuer: string }> {
  override get message() {
    return `whether a token of ${this.issuer} was revoked could not be found out`
  }
}
