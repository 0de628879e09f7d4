// Checking an access token signed with ES256: jwt-verify beside jose, which it is built on.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose"
import { makeVerifier } from "../packages/jwt-verify/src/index.ts"
import { createVerifier } from "../packages/jwt-verify/src/promise.ts"
import { medians } from "./statistics.ts"
import { micros, ratio, table } from "./table.ts"

const issuer = "https://as.example.com"
const audience = "https://mcp.example.com/mcp"

/** The section of the page. */
export const tokens = async (): Promise<string> => {
  const { privateKey, publicKey } = await generateKeyPair("ES256")
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] }
  const token = await new SignJWT({ client_id: "c1", scope: "notes:read", jti: "j1" })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject("u1")
    .setIssuedAt()
    .setExpirationTime("5 minutes")
    .sign(privateKey)

  const keys = createLocalJWKSet(jwks)
  const checks = {
    issuer,
    audience,
    algorithms: ["ES256"],
    typ: "at+jwt",
    requiredClaims: ["sub", "client_id", "jti", "scope", "exp", "iat"]
  }
  const verifier = Result.getOrThrow(makeVerifier({ issuer, audience, jwks }))
  const promised = createVerifier({ issuer, audience, jwks })
  const works = {
    jose: () => jwtVerify(token, keys, checks),
    promise: async () => Result.getOrThrow(await promised.verify(token)),
    effect: () => Effect.runPromise(verifier.verify(token))
  }
  const times = await medians(works, { batches: 15, batchMillis: 100 })
  const row = (name: string, time: number) => [name, micros(time), ratio(time, times.jose)]
  return `## Checking an access token (ES256)

The same token and the same key in memory; \`jwtVerify\` is asked for issuer, audience, type, algorithm and required claims.
Median of 15 batches that take turns.

${table(
  ["verifier", "per token", "/ jose"],
  [
    row("`jwtVerify` of jose", times.jose),
    row("`@postern/jwt-verify/promise`", times.promise),
    row("`@postern/jwt-verify`, run by `Effect.runPromise`", times.effect)
  ]
)}
`
}
