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

// With Effect.
const verifier = Result.getOrThrow(makeVerifier({ issuer, audience, jwks }))
const { scope, subject } = await Effect.runPromise(verifier.verify(token))
console.log(`${subject} may ${[...scope].join(" ")}`)

// With Promises: why a token is refused comes back as a value.
const other = createVerifier({ issuer, audience: "https://other.example.com", jwks })
const result = await other.verify(token)
console.log(Result.isSuccess(result) ? result.success.subject : result.failure.message)
