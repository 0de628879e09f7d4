import { makeNonces, makeProofVerifier } from "@postern/dpop"
import { createProofVerifier, thumbprint } from "@postern/dpop/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { base64url, exportJWK, generateKeyPair, SignJWT } from "jose"

// What a client does: a key of its own, and a new proof for each request. `ath` is the hash of the access token.
const { privateKey, publicKey } = await generateKeyPair("ES256")
const jwk = await exportJWK(publicKey)
const accessToken = "an-access-token"
const ath = base64url.encode(
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(accessToken)))
)
const prove = (nonce?: string) =>
  new SignJWT({ htm: "POST", htu: "https://mcp.example.com/mcp", ath, ...(nonce === undefined ? {} : { nonce }) })
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk })
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .sign(privateKey)

// What a server knows: its own URL, and from the token that it verified, the key that the token is bound to (`cnf.jkt`).
const request = {
  method: "POST",
  url: "https://mcp.example.com/mcp",
  accessToken,
  thumbprint: await thumbprint(jwk)
}

// With Promises: why a proof is refused comes back as a value.
const { verify } = createProofVerifier()
const proof = await prove()
for (const time of ["first", "second"]) {
  const result = await verify({ ...request, proof })
  console.log(time, Result.isSuccess(result) ? "accepted" : result.failure.message)
}

// With Effect, and with nonces: the client is told which to use, and comes again.
const nonces = Result.getOrThrow(makeNonces({ secret: crypto.getRandomValues(new Uint8Array(32)) }))
const verifier = Result.getOrThrow(makeProofVerifier({ nonces }))
const first = await prove()
const program = verifier.verify({ ...request, proof: first }).pipe(
  Effect.catchTag("NonceRequired", ({ nonce }) =>
    Effect.flatMap(
      Effect.promise(() => prove(nonce)),
      (second) => verifier.verify({ ...request, proof: second })
    )
  ),
  Effect.map(({ thumbprint: key }) => key === request.thumbprint)
)
console.log("with the nonce", await Effect.runPromise(program))
