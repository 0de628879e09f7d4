import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { findBearerChallenge, formatBearerChallenge, parseChallenges } from "@postern/challenge-parser"

// The client: what does the server want? A header that is not well formed gives a rejection, never half a challenge.
const header = 'Basic realm="s", Bearer resource_metadata="https://mcp.example.com/m", scope="notes:read"'
const challenge = Result.flatMap(parseChallenges(header), findBearerChallenge)
if (Result.isSuccess(challenge)) console.log(challenge.success?.resourceMetadata, challenge.success?.scope)
else console.log(`${challenge.failure.message} (${challenge.failure.spec})`)

// The server: the challenge is text for a header, or a rejection that names the parameter.
const options = { error: "insufficient_scope", scope: ["notes:write"], resourceMetadata: "https://mcp.example.com/m" }
console.log(Result.getOrThrow(formatBearerChallenge(options)))

// With Effect: lift the Result once, where the deciding ends.
const hostile = formatBearerChallenge({ ...options, errorDescription: 'no "rights"\r\nSet-Cookie: a=b' })
const refused = Effect.catchTag(Effect.fromResult(hostile), "ChallengeUnrepresentable", ({ parameter }) =>
  Effect.succeed(`refused: ${parameter}`)
)
console.log(Effect.runSync(refused))
