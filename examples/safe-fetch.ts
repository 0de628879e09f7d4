import { makePlatformTransport } from "@postern/safe-fetch/platform"
import { toPromiseTransport } from "@postern/safe-fetch/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

// With Effect: a URL that a stranger sent leads to the cloud's metadata service.
const transport = makePlatformTransport({ bounds: { maximumBytes: 5120, timeoutMillis: 5000 } })
const document = transport.fetch({ url: "https://169.254.169.254/client.json" }).pipe(
  Effect.map(({ text }) => text),
  Effect.catchTag("FetchRejected", ({ reason, url }) => Effect.succeed(`${url} refused: ${reason}`))
)
console.log(await Effect.runPromise(document))

// Everyone else: a Promise of a Result.
const answer = await toPromiseTransport(transport).fetch({ url: "http://as.example.com/jwks" })
console.log(Result.isSuccess(answer) ? answer.success.text : answer.failure.message)
