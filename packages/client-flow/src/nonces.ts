/** The DPoP nonces that servers gave out last (RFC 9449 sections 8 and 9): each goes back to who gave it, and to nobody else. */
export interface Nonces {
  /** The nonce for the next proof to this server. */
  readonly find: (server: string) => string | undefined
  /** Keeps the nonce of an answer; whether there was one. */
  readonly keep: (server: string, headers: Headers) => boolean
}

// RFC 9449 section 8.1, NQCHAR; it is sent back with every request, so it is bounded.
const NONCE = /^[\x21\x23-\x5B\x5D-\x7E]{1,512}$/

/** Holds the nonces of at most `maximum` servers; beyond that the one that came first is forgotten. */
export const makeNonces = (maximum = 1000): Nonces => {
  const held = new Map<string, string>()
  return {
    find: (server) => held.get(server),
    keep: (server, headers) => {
      const nonce = headers.get("dpop-nonce")
      if (nonce === null || !NONCE.test(nonce)) return false
      held.set(server, nonce)
      const [oldest] = held.keys()
      if (held.size > maximum && oldest !== undefined) held.delete(oldest)
      return true
    }
  }
}
