import * as Effect from "effect/Effect"
import { openBrowser, receiveRedirect, type RedirectReceiver } from "@postern/node"

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

/** Listens on loopback for each login, opens the browser if it may, and always prints the address. */
export const terminalLogin = (options: { readonly browser: boolean }): TerminalLogin => {
  let receiver: RedirectReceiver | undefined
  const close = async () => {
    if (receiver) await Effect.runPromise(receiver.close)
  }
  const ports: LoginPorts = {
    redirectUri: async () => {
      // A login that was given up leaves its listener behind.
      await close()
      receiver = await Effect.runPromise(receiveRedirect())
      return receiver.redirectUri
    },
    userAgent: async ({ authorizationUrl }, { signal }) => {
      if (receiver === undefined) throw new TypeError("no listener was opened for this login")
      const { callback } = receiver
      console.error(`Log in here:\n\n  ${authorizationUrl}\n`)
      // Without a browser on this machine the printed address is the way.
      if (options.browser) await Effect.runPromise(Effect.ignore(openBrowser(authorizationUrl)))
      return Effect.runPromise(Effect.ensuring(callback, receiver.close), { signal })
    }
  }
  return { ports, close }
}
