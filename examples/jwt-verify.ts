import { makeVerifier } from "@postern/jwt-verify"
import { createVerifier } from "@postern/jwt-verify/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { exportJWK, generateKeyPair, SignJWT } from "jose"

// What an authorization server does: a key, and a token that is good for one resource.
const { privateKey, publicKey } = await generateKeyPair("ES256")
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] }
const issuer = "https://as.example.com"
const audience = "https://mcp.example.com/mcp"
const token = await new SignJWT({ client_id: "c1", scope: "notes:read", jti: "j1" })
  .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
  .setIssuer(issuer)
  .setAudience(audience)
  .setSubject("u1")
  .setIssuedAt()
  .setExpirationTime("5 minutes")
  .sign(privateKey)

// With Effect. What was revoked is asked on every request, also when the token is remembered.
const revoked = new Set<string>()
const verifier = Result.getOrThrow(
  makeVerifier({ issuer, audience, jwks, revoked: ({ id }) => id !== undefined && revoked.has(id) })
)
const { scope, subject } = await Effect.runPromise(verifier.verify(token))
console.log(`${subject} may ${[...scope].join(" ")}`)

// The same token again: a plain function, no signature, no waiting. `undefined` would mean: ask `verify`.
const recalled = verifier.recall(token, Date.now())
console.log(recalled && Result.isSuccess(recalled) ? `${recalled.success.subject} again` : "not remembered")
revoked.add("j1")
const refused = verifier.recall(token, Date.now())
console.log(refused && Result.isFailure(refused) ? refused.failure.message : "not refused")

// With Promises: why a token is refused comes back as a value.
const other = createVerifier({ issuer, audience: "https://other.example.com", jwks })
const result = await other.verify(token)
console.log(Result.isSuccess(result) ? result.success.subject : result.failure.message)

// Several issuers, each with its own keys and rules. Where no keys are named they are found by the issuer's metadata.
const several = createVerifier({
  issuer: [
    { issuer, jwks, clients: ["c1"] },
    { issuer: "https://login.example.com", audience: "api://mcp", clockToleranceSeconds: 30 }
  ],
  audience
})
console.log(Result.isSuccess(await several.verify(token)))
