import type { ScopeSet } from "@postern/scope"
import type { Actor, VerifiedToken } from "./claims.ts"
import { readClaims } from "./compact.ts"
import { freezeScope } from "./freeze-facts.ts"

// So many different scopes, audiences and clients are shared; then the table begins anew.
const MAXIMUM_SHARED = 1000

const makeTable = <A>() => {
  const table = new Map<string, A>()
  return (key: string, make: () => A): A => {
    const known = table.get(key)
    if (known !== undefined) return known
    const made = make()
    if (table.size >= MAXIMUM_SHARED) table.clear()
    table.set(key, made)
    return made
  }
}

const NO_ACTORS: ReadonlyArray<Actor> = Object.freeze([])

// A verified token goes to many requests, so that nobody may change it, and one of many thousands that are remembered, so
// that it holds its text alone and reads the claims from it when they are asked for: each time a new object.
class SharedToken implements VerifiedToken {
  readonly issuer: string
  readonly subject: string
  readonly audience: ReadonlyArray<string>
  readonly clientId: string
  readonly scope: ScopeSet
  readonly expiresAt: number
  readonly issuedAt: number | undefined
  readonly notBefore: number | undefined
  readonly id: string | undefined
  readonly actors: ReadonlyArray<Actor>
  readonly keyThumbprint: string | undefined
  declare readonly claims: Readonly<Record<string, unknown>>
  // Private to the language as well: no inspection and no JSON shows it.
  readonly #text: string

  // An accessor of the object itself, so that a copy made by spreading has the claims too.
  static readonly #claims = {
    enumerable: true,
    get(this: SharedToken) {
      return Object.freeze(readClaims(this.#text))
    }
  }

  constructor(text: string, token: VerifiedToken, shared: Pick<VerifiedToken, "audience" | "clientId" | "scope">) {
    this.issuer = token.issuer
    this.subject = token.subject
    this.audience = shared.audience
    this.clientId = shared.clientId
    this.scope = shared.scope
    this.expiresAt = token.expiresAt
    this.issuedAt = token.issuedAt
    this.notBefore = token.notBefore
    this.id = token.id
    this.actors =
      token.actors.length === 0 ? NO_ACTORS : Object.freeze(token.actors.map((actor) => Object.freeze({ ...actor })))
    this.keyThumbprint = token.keyThumbprint
    this.#text = text
    Object.defineProperty(this, "claims", SharedToken.#claims)
    Object.freeze(this)
  }
}

/** Makes the tokens of one verifier: what is equal in several of them is one object. */
export const makeSharing = (): ((text: string, token: VerifiedToken) => VerifiedToken) => {
  const audiences = makeTable<ReadonlyArray<string>>()
  const clients = makeTable<string>()
  const scopes = makeTable<ScopeSet>()
  return (text, token) =>
    new SharedToken(text, token, {
      audience: audiences(JSON.stringify(token.audience), () => Object.freeze([...token.audience])),
      clientId: clients(token.clientId, () => token.clientId),
      scope: scopes([...token.scope].join(" "), () => freezeScope(new Set(token.scope)))
    })
}
