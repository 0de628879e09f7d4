import * as Result from "effect/Result"
import {
  buildAuthorizationResponse,
  buildAuthorizationUrl,
  decodeAuthorizationRequest,
  parseAuthorizationResponse,
  parseParameters
} from "@postern/messages"

const exchange = Result.gen(function* () {
  // The client asks.
  const url = yield* buildAuthorizationUrl("https://as.example.com/authorize?tenant=1", {
    clientId: "https://app.example.com/client.json",
    redirectUri: "http://127.0.0.1:3000/callback",
    codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    scope: ["notes:read"],
    state: "af0ifjsldkj",
    resources: ["https://mcp.example.com/mcp"]
  })
  // The server reads the request and answers.
  const request = yield* decodeAuthorizationRequest(yield* parseParameters(new URL(url).searchParams))
  const location = buildAuthorizationResponse(request.redirectUri ?? "", {
    code: "SplxlOBeZQQYbYS6WxSbIA",
    state: request.state,
    iss: "https://as.example.com"
  })
  // The client reads the answer; whether state and iss are the right ones is still to be compared.
  return yield* parseAuthorizationResponse(new URL(location).search)
})
console.log(Result.getOrThrow(exchange))

const refused = parseParameters("client_id=a&client_id=b")
if (Result.isFailure(refused)) console.log(`${refused.failure.message}: ${refused.failure.spec}`)
