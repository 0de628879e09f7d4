import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { openBrowser, type RedirectReceiver } from "@postern/node"
import { Failure } from "@postern/rejection"
import { pastedCallback } from "./pasted-callback.ts"
import { startProgress } from "./progress.ts"

/** A person would have to log in, and this program was told not to ask. */
export class LoginForbidden extends Failure("LoginForbidden") {
  override get message() {
    return "a login is needed, and --no-login forbids to ask for one"
  }
}

/** The two ports of a login at this terminal: a redirect URI, and somebody who follows the authorization URL. */
export interface LoginPorts {
  readonly redirectUri: () => Promise<string>
  readonly userAgent: (
    request: { readonly authorizationUrl: string },
    options: { readonly signal: AbortSignal }
  ) => Promise<string>
}

/** A login at this terminal. */
export interface TerminalLogin {
  readonly ports: LoginPorts
  /** Ends the listener of a login that did not get as far as the browser: it would keep the program alive. */
  readonly close: () => Promise<void>
}

/** How a person is asked. */
export interface LoginOptions {
  readonly browser: boolean
  readonly login: boolean
  readonly listen: () => Promise<RedirectReceiver>
  /** Told of the URL that the browser gets, and of the one that it comes back with. */
  readonly watch?: ((url: string, comment: string) => void) | undefined
}

/** Listens on loopback for each login, opens the browser if it may, and always prints the address. */
export const terminalLogin = (options: LoginOptions): TerminalLogin => {
  let receiver: RedirectReceiver | undefined
  const close = async () => {
    if (receiver) await Effect.runPromise(receiver.close)
  }
  const wait = async ({ callback, redirectUri }: RedirectReceiver, signal: AbortSignal): Promise<string> => {
    const arrived = Effect.runPromise(callback, { signal })
    if (options.browser) return arrived
    // Whoever comes second is nobody's any more.
    arrived.catch(() => undefined)
    const pasted = pastedCallback(redirectUri, process.stdin, () =>
      console.error(`That is not the callback URL: it begins with ${redirectUri}?`)
    )
    return Promise.race([arrived, pasted.callback]).finally(pasted.close)
  }
  const ports: LoginPorts = {
    redirectUri: async () => {
      if (!options.login) throw new LoginForbidden({})
      // A login that was given up leaves its listener behind.
      await close()
      receiver = await options.listen()
      return receiver.redirectUri
    },
    userAgent: async ({ authorizationUrl }, { signal }) => {
      if (receiver === undefined) throw new TypeError("no listener was opened for this login")
      console.error(`Log in here:\n\n  ${authorizationUrl}\n`)
      options.watch?.(authorizationUrl, "opened in the browser")
      if (options.browser) await open(authorizationUrl)
      else console.error("If the browser runs on another machine, paste the URL that it ends at.")
      // A line that moves would run into what somebody pastes.
      const stopProgress = startProgress("Waiting for the browser", options.browser ? process.stderr : STILL)
      try {
        const callback = await wait(receiver, signal)
        options.watch?.(callback, "what the browser came back with")
        return callback
      } finally {
        stopProgress()
        await close()
      }
    }
  }
  return { ports, close }
}

const STILL = { write: (text: string) => process.stderr.write(text) }

/** Opens the browser; where there is none, a person at a terminal can open the printed address, and nobody else can. */
const open = async (url: string): Promise<void> => {
  const opened = await Effect.runPromise(Effect.result(openBrowser(url)))
  if (Result.isSuccess(opened)) return
  if (opened.failure._tag === "UrlForbidden" || !process.stdin.isTTY) throw opened.failure
  console.error(`No browser could be opened (${opened.failure.message}): open the address yourself.`)
}
