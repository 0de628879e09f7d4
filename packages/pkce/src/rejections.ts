import { Rejection } from "@postern/rejection"

/** The text is no code verifier: its length or one of its characters is outside RFC 7636 section 4.1. */
export class VerifierMalformed extends Rejection("VerifierMalformed", "RFC 7636 section 4.1")<{
  readonly reason: "length" | "character"
}> {
  override get message() {
    return this.reason === "length"
      ? "the code verifier does not have 43 to 128 characters"
      : "the code verifier has a character that is not allowed in it"
  }
}

/** The text is no S256 code challenge: 43 base64url characters for the 32 bytes of a hash (RFC 7636 section 4.2). */
export class CodeChallengeMalformed extends Rejection("CodeChallengeMalformed", "RFC 7636 section 4.2")<{
  readonly reason: "length" | "encoding"
}> {
  override get message() {
    return this.reason === "length"
      ? "the code challenge does not have the 43 characters of an S256 challenge"
      : "the code challenge is not the base64url encoding of 32 bytes"
  }
}

/** The transformation is not S256; `absent` tells a request that named none, which means `plain`, from any other. */
export class ChallengeMethodUnsupported extends Rejection("ChallengeMethodUnsupported", "RFC 7636 section 4.4.1")<{
  readonly absent: boolean
}> {
  override get message() {
    return this.absent
      ? "the code challenge method is absent, which means plain, and S256 is required"
      : "the code challenge method is not S256"
  }
}

/** The verifier is not the one that the challenge was made of (RFC 7636 section 4.6). */
export class VerifierMismatch extends Rejection("VerifierMismatch", "RFC 7636 section 4.6") {
  override get message() {
    return "the code verifier does not match the code challenge"
  }
}
