import { openBrowser, receiveRedirect, type RedirectReceiver } from "@postern/node"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Recorder } from "./exchanges.ts"
import type { Login } from "./login.ts"
import { readPage, type SeenPage } from "./seen-page.ts"

/** The browser of whoever runs the demo. */
export interface OwnBrowser {
  readonly login: Login
  /** The same recorder, which also keeps the pages that the browser gets. */
  readonly watch: (recorder: Recorder) => Recorder
}

/** Opens each login in the platform's browser and waits for the person; `say` tells them what to do there. */
export const ownBrowser = (say: (text: string) => void): OwnBrowser => {
  const pages: Array<SeenPage> = []
  let receiver: RedirectReceiver | undefined

  const keep = async (url: string, response: Response): Promise<void> => {
    if (response.status !== 200 || response.headers.get("content-type")?.startsWith("text/html") !== true) return
    const { form, kind, text } = readPage(await response.clone().text())
    if (form !== null) pages.push({ url, kind, text })
  }

  return {
    watch: (recorder) => ({
      ...recorder,
      tap: (to) => (handler) =>
        recorder.tap(to)(async (request) => {
          const response = await handler(request)
          await keep(request.url, response)
          return response
        })
    }),
    login: {
      pages,
      redirectUri: async () => {
        // A login that was given up leaves its listener behind.
        if (receiver) await Effect.runPromise(receiver.close)
        receiver = await Effect.runPromise(receiveRedirect())
        return receiver.redirectUri
      },
      userAgent: async ({ authorizationUrl }) => {
        if (receiver === undefined) throw new TypeError("no listener was opened for this login")
        say(`In the browser: sign in if you are asked to, and allow what is asked.\n  ${authorizationUrl}`)
        const opened = await Effect.runPromise(Effect.result(openBrowser(authorizationUrl)))
        if (Result.isFailure(opened)) say(`${opened.failure.message}: open the address yourself.`)
        return Effect.runPromise(Effect.ensuring(receiver.callback, receiver.close))
      }
    }
  }
}
