import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { openBrowser, receiveRedirect, serve } from "@postern/node"
import { toPromise } from "@postern/rejection/promise"

// With Effect: wait on this machine for the redirect that ends an authorization.
const program = Effect.gen(function* () {
  const receiver = yield* Effect.acquireRelease(receiveRedirect(), (opened) => opened.close)
  // A browser would do this, at the end of the page that `openBrowser(authorizationUrl)` opens.
  yield* Effect.promise(() => fetch(`${receiver.redirectUri}?code=example&state=example`))
  return new URL(yield* receiver.callback).search
})
console.log(await Effect.runPromise(Effect.scoped(program)))

// With Promises: serve any web-standard handler; what went wrong comes back as a value.
const answer = async (request: Request) => new Response(`you asked for ${new URL(request.url).pathname}`)
const server = Result.getOrThrow(await toPromise(serve({ fetch: answer, hostname: "127.0.0.1", port: 0 })))
console.log(await (await fetch(`${server.url}/hello`)).text())
const again = await toPromise(serve({ fetch: answer, hostname: "127.0.0.1", port: server.port }))
console.log(Result.isFailure(again) && again.failure.code)
await toPromise(server.close())

// A URL that a server named is checked before anything is started.
const opened = await toPromise(openBrowser("javascript:alert(1)"))
console.log(Result.isFailure(opened) && opened.failure.message)
