import { Rejection } from "@postern/rejection"
import type { GrantType } from "../grant-type.ts"

/** The token endpoint said no. `error` is its code (RFC 6749 section 5.2). */
export class TokenRequestRejected extends Rejection("TokenRequestRejected", "RFC 6749 section 5.2")<{
  readonly issuer: string
  readonly grant: GrantType
  readonly status: number
  readonly error: string
}> {
  override get message() {
    return `${this.issuer} refused the ${this.grant} grant (${this.error})`
  }
}

/** The server offers no revocation: its metadata has no `revocation_endpoint`. */
export class RevocationUnsupported extends Rejection("RevocationUnsupported", "RFC 8414 section 2")<{
  readonly issuer: string
}> {
  override get message() {
    return `${this.issuer} offers no revocation of tokens`
  }
}

/** The revocation endpoint did not revoke a token; `error` is the server's code. */
export class RevocationRejected extends Rejection("RevocationRejected", "RFC 7009 section 2.2.1")<{
  readonly issuer: string
  readonly status: number
  readonly error: string
}> {
  override get message() {
    return `${this.issuer} did not revoke the token (${this.error})`
  }
}
