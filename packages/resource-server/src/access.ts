import type { VerifiedToken } from "@postern/jwt-verify"
import type { Operation, OperationPolicy } from "@postern/scope"
import type { Access, PublicAccess } from "./incoming.ts"

/** What is known of the request behind an access and is nobody's business but the guard's. */
export interface Behind {
  readonly method: string
  readonly sessionId: string | null
  /** For the answer's `DPoP-Nonce` (RFC 9449 section 8.2). */
  readonly nonce: string | undefined
}

/** What was asked for. */
export interface Asked {
  readonly operations: ReadonlyArray<Operation>
  readonly message: unknown
}

// A private member is in no copy, no log and no JSON of an access, and costs less than a WeakMap.
class TokenAccess implements Access {
  readonly _tag = "Access"
  readonly subject: string
  readonly clientId: string
  readonly issuer: string
  readonly scope: Access["scope"]
  readonly expiresAt: number
  readonly actors: Access["actors"]
  readonly token: VerifiedToken
  readonly operations: ReadonlyArray<Operation>
  readonly message: unknown
  readonly can: (operation: Operation) => boolean
  readonly #behind: Behind

  constructor(token: VerifiedToken, { message, operations }: Asked, policy: OperationPolicy, behind: Behind) {
    this.subject = token.subject
    this.clientId = token.clientId
    this.issuer = token.issuer
    this.scope = token.scope
    this.expiresAt = token.expiresAt
    this.actors = token.actors
    this.token = token
    this.operations = operations
    this.message = message
    this.can = (operation) => policy.decide(token.scope, [operation])._tag === "Allowed"
    this.#behind = behind
  }

  static behind(access: object): Behind | undefined {
    return #behind in access ? access.#behind : undefined
  }
}

class AnonymousAccess implements PublicAccess {
  readonly _tag = "PublicAccess"
  readonly operations: ReadonlyArray<Operation>
  readonly message: unknown
  readonly can: (operation: Operation) => boolean
  readonly #behind: Behind

  constructor({ message, operations }: Asked, policy: OperationPolicy, behind: Behind) {
    this.operations = operations
    this.message = message
    this.can = (operation) => policy.isPublic([operation])
    this.#behind = behind
  }

  static behind(access: object): Behind | undefined {
    return #behind in access ? access.#behind : undefined
  }
}

/** The access that a verified token gives. */
export const tokenAccess = (token: VerifiedToken, asked: Asked, policy: OperationPolicy, behind: Behind): Access =>
  new TokenAccess(token, asked, policy, behind)

/** The access of a request without a token. */
export const publicAccess = (asked: Asked, policy: OperationPolicy, behind: Behind): PublicAccess =>
  new AnonymousAccess(asked, policy, behind)

/** What is behind an access that a guard gave; a copy of one is a bug of the caller's and throws. */
export const behind = (access: Access | PublicAccess): Behind => {
  const found = TokenAccess.behind(access) ?? AnonymousAccess.behind(access)
  if (found === undefined) throw new Error("outgoing takes the access that the guard gave, not a copy of it")
  return found
}
