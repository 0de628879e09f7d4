// Tokens for a guard that is judged without an authorization server.
import type { TrustedIssuer } from "../packages/jwt-verify/src/index.ts"
import { exportJWK, generateKeyPair, SignJWT } from "jose"

/** A signing key that lives as long as the run. */
export const makeIssuer = async (): Promise<{
  readonly issuer: TrustedIssuer
  readonly sign: (claims: { readonly aud: string; readonly scope: string }) => Promise<string>
}> => {
  const name = "https://as.example.com"
  const { privateKey, publicKey } = await generateKeyPair("ES256")
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] }
  return {
    issuer: { issuer: name, jwks },
    sign: (claims) =>
      new SignJWT({ ...claims, client_id: "judge" })
        .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
        .setIssuer(name)
        .setSubject("judge")
        .setIssuedAt()
        .setJti(crypto.randomUUID())
        .setExpirationTime("10 minutes")
        .sign(privateKey)
  }
}
