import { authorizationServerMetadataUrls, matchRedirectUri, parseIssuer, parseRedirectUri } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

// Everyone: what comes back is a Result, never an exception.
const issuer = parseIssuer("https://as.example.com/tenant1")
if (Result.isSuccess(issuer)) console.log(authorizationServerMetadataUrls(issuer.success))
const presented = matchRedirectUri(["http://127.0.0.1:3000/cb"], "http://127.0.0.1:51234/cb")
console.log(Result.isSuccess(presented) ? presented.success : presented.failure.message)

// With Effect: lift the Result once, where the deciding ends.
const registered = Effect.fromResult(parseRedirectUri("cursor://x/cb")).pipe(
  Effect.catchTag("RedirectUriForbidden", ({ reason, spec }) => Effect.succeed(`refused: ${reason} (${spec})`))
)
console.log(await Effect.runPromise(registered))
