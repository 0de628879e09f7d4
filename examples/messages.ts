import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { buildAuthorizationUrl, decodeAuthorizationRequest, parseParameters } from "@postern/messages"

// Everyone: the client builds the request, the server reads it; what comes back is a Result, never an exception.
const built = buildAuthorizationUrl("https://as.example.com/authorize?tenant=1", {
  clientId: "https://app.example.com/client.json",
  codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  resources: ["https://mcp.example.com/mcp"]
})
const query = new URL(Result.getOrThrow(built)).search
const request = Result.flatMap(parseParameters(query), decodeAuthorizationRequest)
console.log(Result.isSuccess(request) ? request.success : request.failure.message)

// With Effect: lift the Result once, where the deciding ends.
const refused = Effect.fromResult(parseParameters("client_id=a&client_id=b")).pipe(
  Effect.catchTag("ParameterRepeated", ({ message, spec }) => Effect.succeed(`${message} (${spec})`))
)
console.log(Effect.runSync(refused))
