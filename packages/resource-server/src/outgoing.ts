import { behind } from "./access.ts"
import type { Configuration } from "./configuration.ts"
import { corsHeaders, dpopCorsHeaders } from "./cors.ts"
import type { Access, Outgoing, PublicAccess } from "./incoming.ts"
import { listFilter, resumedFilter } from "./list-filter.ts"
import type { SessionOwner } from "./sessions.ts"

/** Whose sessions a caller may use; the facts alone, so that no session keeps a token alive. */
export const ownerOf = ({ clientId, issuer, subject }: SessionOwner): SessionOwner => ({ issuer, subject, clientId })

// MCP transports, Session Management: a session begins with the answer to `initialize`.
const asksForSession = ({ operations }: Access | PublicAccess): boolean => {
  const [only, second] = operations
  return second === undefined && only?.kind === "method" && only.name === "initialize"
}

/** What an adapter does with the handler's answer to this access. */
export const makeOutgoing = ({ filterLists, proofs, sessions }: Configuration) => {
  const cors = proofs === undefined ? corsHeaders : dpopCorsHeaders
  return (access: Access | PublicAccess): Outgoing => {
    const { method, nonce, sessionId } = behind(access)
    const owner = access._tag === "Access" ? ownerOf(access) : undefined
    const makeFilter = () => (method === "GET" ? resumedFilter(access.can) : listFilter(access.message, access.can))
    const filter = filterLists ? makeFilter() : undefined
    const headers = nonce === undefined ? cors : { ...cors, "DPoP-Nonce": nonce }
    const asks = asksForSession(access)
    // Nearly every answer, and an object that is spread together costs as much as the decision about it.
    if (method === "POST" && !asks && filter === undefined && access._tag === "Access") {
      return { headers, endsAtMillis: access.expiresAt * 1000 }
    }
    return {
      headers,
      ...(asks && { startSession: (id) => sessions.start(id, owner) }),
      ...(method === "DELETE" && sessionId !== null && { endSession: () => sessions.end(sessionId) }),
      ...(access._tag === "Access" && { endsAtMillis: access.expiresAt * 1000 }),
      ...(filter && { filter })
    }
  }
}
