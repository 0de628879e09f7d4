import { makeNonces, makeProofVerifier, signProof } from "@postern/dpop"
import { createProofVerifier, generateProofKey, thumbprint } from "@postern/dpop/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

// What a client does: a key of its own, and a new proof for each request.
const key = Result.getOrThrow(await generateProofKey())
const accessToken = "an-access-token"
const target = { method: "POST", url: "https://mcp.example.com/mcp", accessToken }
const proof = await Effect.runPromise(signProof(key, target))

// What a server knows: its own URL, and from the token that it verified, the key that the token is bound to (`cnf.jkt`).
const request = { ...target, thumbprint: await thumbprint(key.publicJwk) }

// With Promises: why a proof is refused comes back as a value.
const { verify } = createProofVerifier()
for (const time of ["first", "second"]) {
  const result = await verify({ ...request, proof })
  console.log(time, Result.isSuccess(result) ? "accepted" : result.failure.message)
}

// With Effect, and with nonces: the client is told which to use, and comes again.
const nonces = Result.getOrThrow(makeNonces({ secret: crypto.getRandomValues(new Uint8Array(32)) }))
const verifier = Result.getOrThrow(makeProofVerifier({ nonces }))
const send = (nonce?: string) =>
  Effect.flatMap(signProof(key, { ...target, nonce }), (text) => verifier.verify({ ...request, proof: text }))
const program = send().pipe(
  Effect.catchTag("NonceRequired", ({ nonce }) => send(nonce)),
  Effect.map(({ thumbprint: jkt }) => jkt === request.thumbprint)
)
console.log("with the nonce", await Effect.runPromise(program))
