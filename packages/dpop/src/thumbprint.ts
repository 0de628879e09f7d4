import { sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"

/** The members of a public key that its thumbprint is made of; others may stand beside them. */
export interface PublicJwk {
  readonly kty?: string | undefined
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
}

// RFC 7638 section 3.2 and RFC 8037 section 2: what counts of each kind of key, in the order of its hash.
const MEMBERS = new Map<string | undefined, ReadonlyArray<keyof PublicJwk>>([
  ["EC", ["crv", "kty", "x", "y"]],
  ["OKP", ["crv", "kty", "x"]],
  ["RSA", ["e", "kty", "n"]]
])

/** The SHA-256 thumbprint of a key, 43 characters of base64url (RFC 7638): what `cnf.jkt` holds. What is no key is a defect. */
export const thumbprint = (jwk: PublicJwk): Effect.Effect<string> => {
  const names = MEMBERS.get(jwk.kty)
  if (names === undefined || !names.every((name) => jwk[name]))
    return Effect.die(new TypeError("this is no public key"))
  return sha256Text(JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))))
}
