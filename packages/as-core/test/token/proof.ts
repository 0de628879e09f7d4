import { createHash, randomUUID } from "node:crypto"
import { ec, jws, type Pair, publicJwk } from "../assertion/signing.ts"
import { ISSUER, start } from "../fixture.ts"

/** A key that a client proves to hold. */
export interface Holder {
  readonly pair: Pair
  /** Its thumbprint (RFC 7638). */
  readonly jkt: string
}

export const makeHolder = (): Holder => {
  const pair = ec()
  const { crv, kty, x, y } = publicJwk(pair)
  const jkt = createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url")
  return { pair, jkt }
}

/** A proof for the token endpoint that is right, but for what is given. */
export const prove = ({ pair }: Holder, changes: object = {}, header: object = {}, algorithm = "ES256"): string =>
  jws(
    { typ: "dpop+jwt", alg: "ES256", jwk: publicJwk(pair), ...header },
    { htm: "POST", htu: `${ISSUER}/token`, iat: start, jti: randomUUID(), ...changes },
    pair.privateKey,
    algorithm
  )

/** The same request with a proof. */
export const withProof = (request: Request, proof: string): Request => {
  const headers = new Headers(request.headers)
  headers.append("dpop", proof)
  return new Request(request, { headers })
}
