import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { checkIssuer, checkPkce, decodeAuthorizationServerMetadata, parseJson } from "@postern/metadata"

const text = `{
  "issuer": "https://as.example.com",
  "authorization_endpoint": "https://as.example.com/authorize",
  "token_endpoint": "https://as.example.com/token",
  "response_types_supported": ["code"],
  "code_challenge_methods_supported": ["S256"]
}`

// Everyone: what comes back is a Result, never an exception.
const metadata = Result.gen(function* () {
  const document = yield* decodeAuthorizationServerMetadata(yield* parseJson(text))
  return yield* checkPkce(yield* checkIssuer(document, "https://as.example.com"))
})
console.log(Result.getOrThrow(metadata).token_endpoint)

// With Effect: everything that is wrong, at once.
const wrong = decodeAuthorizationServerMetadata({
  issuer: "https://as.example.com#x",
  token_endpoint: "http://as.example.com"
})
const { issues } = Effect.runSync(Effect.flip(Effect.fromResult(wrong)))
for (const { path, message } of issues) console.log(`${path} ${message}`)
