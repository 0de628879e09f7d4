import { checkSignature, makeFixedKeys, parseJwt } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { exportJWK, generateKeyPair, SignJWT } from "jose"

// What an identity provider sends when somebody signs out: a JWT that is no access token.
const { privateKey, publicKey } = await generateKeyPair("ES256")
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1" }] }
const text = await new SignJWT({ events: { "http://schemas.openid.net/event/backchannel-logout": {} }, sid: "s1" })
  .setProtectedHeader({ alg: "ES256", typ: "logout+jwt", kid: "k1" })
  .setIssuer("https://login.example.com")
  .setAudience("c1")
  .setIssuedAt()
  .setJti("j1")
  .sign(privateKey)

// Once for each issuer. Where the set is behind a URL, `makeRemoteKeys` fetches it, keeps it and asks again.
const algorithms = ["ES256", "RS256"] as const
const keys = new Map([["https://login.example.com", Result.getOrThrow(makeFixedKeys(jwks, { algorithms }))]])

const program = Effect.gen(function* () {
  // Nobody vouches for what it says. `types` keeps out every JWT that was made for something else.
  const jwt = yield* Effect.fromResult(parseJwt(text, { algorithms, types: ["logout+jwt"] }))
  const issuer = String(jwt.claims["iss"])
  const source = keys.get(issuer)
  if (source === undefined) return "another issuer's"
  yield* checkSignature(jwt, source)
  // From here on the claims are the issuer's. What they have to be is yours to check: aud, iat, jti, events.
  return `${issuer} ends ${String(jwt.claims["sid"])}`
})
console.log(await Effect.runPromise(program))
