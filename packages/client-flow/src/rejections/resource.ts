import { Failure, Rejection } from "@postern/rejection"

/** A request that is not for the resource (same origin, its path or one below it, its query): its token would go astray. */
export class RequestOutsideResource extends Rejection(
  "RequestOutsideResource",
  "MCP Authorization section Token Handling"
)<{ readonly resource: string; readonly origin: string; readonly path: string }> {
  override get message() {
    return `a request to ${this.origin}${this.path} must not carry the token of ${this.resource}`
  }
}

/**
 * The MCP server answered with a redirect, which is not followed: a token must not travel to where it points (`received`, where
 * the platform tells).
 */
export class ResourceRedirected extends Rejection("ResourceRedirected", "RFC 9700 section 4.12")<{
  readonly resource: string
  readonly status: number
  readonly expected: string
  readonly received: string | undefined
}> {
  override get message() {
    return `${this.resource} answered with a redirect, which is not followed`
  }
}

/** The resource refuses the proof of possession, whatever the token is worth. */
export class ProofRefused extends Rejection("ProofRefused", "RFC 9449 section 7.1")<{
  readonly resource: string
  readonly error: "invalid_dpop_proof" | "use_dpop_nonce"
}> {
  override get message() {
    return `${this.resource} refuses the DPoP proof (${this.error})`
  }
}

/** The resource refuses a token that was issued for it a moment ago. */
export class TokenRefused extends Rejection("TokenRefused", "RFC 6750 section 3.1")<{ readonly resource: string }> {
  override get message() {
    return `${this.resource} refuses a token that its authorization server issued for it just now`
  }
}

/** The MCP server could not be reached. */
export class ResourceUnreachable extends Failure("ResourceUnreachable")<{ readonly resource: string }> {
  override get message() {
    return `${this.resource} could not be reached`
  }
}
