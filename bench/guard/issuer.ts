// The issuer of a run, and as many tokens of it as are asked for.
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"

export const ISSUER = "https://as.example.com"
export const RESOURCE = "https://mcp.example.com/mcp"

/** One signing key with its public set. */
export interface Issuer {
  readonly jwks: { readonly keys: ReadonlyArray<JWK> }
  /** PKCS#8 and SPKI, for verifiers that read no JWK. */
  readonly sign: (number: number) => Promise<string>
  readonly publicKey: CryptoKey
}

export const makeIssuer = async (): Promise<Issuer> => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true })
  return {
    publicKey,
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" }] },
    sign: (number) =>
      new SignJWT({ client_id: "https://client.example.com/metadata.json", scope: "notes:read notes:write" })
        .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
        .setIssuer(ISSUER)
        .setAudience(RESOURCE)
        .setSubject(`user-${number}`)
        .setJti(`${crypto.randomUUID()}`)
        .setIssuedAt()
        .setExpirationTime("1 hour")
        .sign(privateKey)
  }
}

/** So many different tokens. */
export const signMany = async (issuer: Issuer, count: number): Promise<ReadonlyArray<string>> => {
  const tokens: Array<string> = []
  for (let number = 0; number < count; number++) tokens.push(await issuer.sign(number))
  return tokens
}
