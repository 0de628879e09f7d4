import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { check, createChallenge, createVerifier, parseChallenge, parseVerifier } from "@postern/pkce"
import * as pkce from "@postern/pkce/promise"

// With Effect: the client makes a pair; the server parses what arrives and checks it.
const program = Effect.gen(function* () {
  const verifier = yield* createVerifier() // the client keeps it until it redeems the code
  const challenge = yield* createChallenge(verifier) // goes into the authorization request, with S256
  return yield* check({
    verifier: yield* Effect.fromResult(parseVerifier(verifier)),
    challenge: yield* Effect.fromResult(parseChallenge(challenge))
  }).pipe(Effect.as("the verifier fits"))
})
console.log(await Effect.runPromise(program))

// With Promises: what a peer got wrong comes back as a value.
const verifier = Result.getOrThrow(await pkce.createVerifier())
const other = Result.getOrThrow(await pkce.createVerifier())
const challenge = Result.getOrThrow(await pkce.createChallenge(verifier))
const outcome = await pkce.check({ verifier: other, challenge })
console.log(Result.isSuccess(outcome) ? "the verifier fits" : `${outcome.failure.message} (${outcome.failure.spec})`)
