import { Failure, Rejection } from "@postern/rejection"

/** An option breaks a rule: `key` names it, `reason` says which (RFC 9449 section 4.3). */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "RFC 9449 section 4.3")<{
  readonly key: string
  readonly reason: string
}> {
  override get message() {
    return `the option ${this.key} is wrong: ${this.reason}`
  }
}

/** The request has no header `DPoP` (RFC 9449 section 4.3). */
export class ProofMissing extends Rejection("ProofMissing", "RFC 9449 section 4.3") {
  override get message() {
    return "the request has no DPoP proof"
  }
}

/** The request has more than one header `DPoP`, or one with several values (RFC 9449 section 4.3). */
export class ProofRepeated extends Rejection("ProofRepeated", "RFC 9449 section 4.3") {
  override get message() {
    return "the request has more than one DPoP proof"
  }
}

/** What is wrong with a proof. */
export type ProofFlaw =
  | "form"
  | "type"
  | "algorithm"
  | "key"
  | "signature"
  | "method"
  | "url"
  | "token"
  | "time"
  | "claim"
  | "thumbprint"

const SENTENCES: Readonly<Record<ProofFlaw, string>> = {
  form: "it is not a JWS in compact form that can be read here",
  type: "its typ is not dpop+jwt",
  algorithm: "its algorithm is not accepted",
  key: "its jwk is not a public key that fits the algorithm",
  signature: "its signature does not match its key",
  method: "its htm is not the method of the request",
  url: "its htu is not the URL of the request",
  token: "its ath is not the hash of the access token",
  time: "its iat is too far from now",
  claim: "a claim is absent or has a value that it cannot have",
  thumbprint: "its key is not the one that the access token is bound to"
}

/**
 * A proof that proves nothing for this request (RFC 9449 section 4.3).
 * - `form`: too long, not a compact JWS, not JSON that can be relied on, or with `crit`
 * - `type`: `typ` is not `dpop+jwt`
 * - `algorithm`: `alg` is not in the allow-list
 * - `key`: `jwk` has private members, does not fit `alg`, is too weak, or is no key
 * - `signature`: not made with that key
 * - `method`: `htm` is not the method, letter for letter
 * - `url`: `htu` is no URL, has a query or a fragment, or is another URL
 * - `token`: `ath` is absent or of another token
 * - `time`: `iat` is too old or too far ahead
 * - `claim`: `htm`, `htu`, `iat`, `jti` or `nonce` is absent or cannot have this value
 * - `thumbprint`: the key is not the one of `cnf.jkt`
 */
export class ProofInvalid extends Rejection("ProofInvalid", "RFC 9449 section 4.3")<{ readonly reason: ProofFlaw }> {
  override get message() {
    return `the DPoP proof is not valid: ${SENTENCES[this.reason]}`
  }
}

/** A proof of this key with this `jti` was here before (RFC 9449 section 11.1). */
export class ProofReplayed extends Rejection("ProofReplayed", "RFC 9449 section 11.1") {
  override get message() {
    return "the DPoP proof was used before"
  }
}

/** No further proof, or none of this key, can be remembered until one is too old, so none is accepted (RFC 9449 section 11.1). */
export class ProofMemoryFull extends Rejection("ProofMemoryFull", "RFC 9449 section 11.1") {
  override get message() {
    return "too many DPoP proofs came in a short time"
  }
}

/** The proof has no nonce of ours, or one that is no longer accepted; `nonce` is the one to use (RFC 9449 sections 8 and 9). */
export class NonceRequired extends Rejection("NonceRequired", "RFC 9449 section 9")<{
  readonly reason: "absent" | "stale"
  readonly nonce: string
}> {
  override get message() {
    return this.reason === "absent"
      ? "the DPoP proof has no nonce"
      : "the nonce of the DPoP proof is not one that is accepted now"
  }
}

/** Everything that a proof can be refused for. */
export type ProofRejection =
  | ProofMissing
  | ProofRepeated
  | ProofInvalid
  | ProofReplayed
  | ProofMemoryFull
  | NonceRequired

/** Whether a proof was used before could not be found out. */
export class ProofMemoryUnavailable extends Failure("ProofMemoryUnavailable") {
  override get message() {
    return "whether a DPoP proof was used before could not be found out"
  }
}

/** The platform takes a client's key for no key of its algorithm, or cannot make one. */
export class ProofKeyUnusable extends Failure("ProofKeyUnusable")<{ readonly algorithm: string }> {
  override get message() {
    return `the key is no private key for ${this.algorithm} that this platform can use`
  }
}
