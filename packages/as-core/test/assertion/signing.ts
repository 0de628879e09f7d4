import { constants, createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto"
import { type Fields, ISSUER, start } from "../fixture.ts"

export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

export interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export const ec = (namedCurve = "P-256"): Pair => generateKeyPairSync("ec", { namedCurve })
export const ed = (): Pair => generateKeyPairSync("ed25519")
export const rsa = (modulusLength = 2048): Pair => generateKeyPairSync("rsa", { modulusLength })

export const publicJwk = ({ publicKey }: Pair, members: object = {}): Record<string, unknown> => ({
  ...publicKey.export({ format: "jwk" }),
  ...members
})

const p1363 = (key: KeyObject) => ({ key, dsaEncoding: "ieee-p1363" as const })

const signers: Record<string, (input: Buffer, key: KeyObject) => Buffer> = {
  ES256: (input, key) => sign("sha256", input, p1363(key)),
  ES384: (input, key) => sign("sha384", input, p1363(key)),
  ES512: (input, key) => sign("sha512", input, p1363(key)),
  EdDSA: (input, key) => sign(null, input, key),
  Ed25519: (input, key) => sign(null, input, key),
  RS256: (input, key) => sign("sha256", input, key),
  PS256: (input, key) => sign("sha256", input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  none: () => Buffer.alloc(0),
  HS256: (input, key) =>
    createHmac("sha256", key.export({ format: "pem", type: "spki" }))
      .update(input)
      .digest()
}

const encode = (part: unknown): string =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url")

/** A signed JWS of any header and any claims, as objects or as the very text. */
export const jws = (header: object | string, claims: object | string, key: KeyObject, algorithm = "ES256"): string => {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${(signers[algorithm] ?? signers["ES256"])?.(Buffer.from(input), key).toString("base64url")}`
}

/** The claims of an assertion that is right, but for `changes`. */
export const claims = (clientId: string, changes: object = {}, now = start): Record<string, unknown> => ({
  iss: clientId,
  sub: clientId,
  aud: ISSUER,
  exp: now + 60,
  iat: now,
  jti: randomUUID(),
  ...changes
})

/** The parameters of an assertion. */
export const asserted = (client_assertion: string): Fields => ({
  client_id: undefined,
  client_assertion_type: ASSERTION_TYPE,
  client_assertion
})
