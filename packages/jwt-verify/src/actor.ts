import { isJsonObject, type JsonObject, member } from "@postern/metadata"

/** Who acts for the subject (RFC 8693 section 4.1). */
export interface Actor {
  readonly subject: string
  readonly issuer?: string
  readonly clientId?: string
}

// Long enough for any chain of services; a token is not a place to nest without end.
const MAXIMUM_ACTORS = 8

const NOBODY: ReadonlyArray<Actor> = []

/**
 * Reads `act`: who acts now, then who acted before, each nested in the one after (RFC 8693 section 4.1). `undefined` for a
 * chain that is not one: an actor that is no object or has no `sub`, a member that is no identifier, or more than eight.
 */
export const readActors = (
  claims: JsonObject,
  isIdentifier: (value: unknown) => value is string
): ReadonlyArray<Actor> | undefined => {
  let next = member(claims, "act")
  if (next === undefined) return NOBODY
  const actors: Array<Actor> = []
  while (next !== undefined) {
    if (actors.length === MAXIMUM_ACTORS || !isJsonObject(next)) return undefined
    const subject = member(next, "sub")
    const issuer = member(next, "iss")
    const clientId = member(next, "client_id")
    if (!isIdentifier(subject)) return undefined
    if (issuer !== undefined && !isIdentifier(issuer)) return undefined
    if (clientId !== undefined && !isIdentifier(clientId)) return undefined
    actors.push({
      subject,
      ...(issuer === undefined ? {} : { issuer }),
      ...(clientId === undefined ? {} : { clientId })
    })
    next = member(next, "act")
  }
  return actors
}
