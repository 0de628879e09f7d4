import { Failure } from "@postern/rejection"
import { freePort } from "./free-port.ts"
import type { SeenPage } from "./seen-page.ts"
import { makeUserAgent } from "./user-agent.ts"
import type { Person } from "./world.ts"

/** Somebody at a browser: what a client asks them, and what they were shown. */
export interface Login {
  readonly redirectUri: () => Promise<string>
  /** Resolves to the callback URL. */
  readonly userAgent: (request: { readonly authorizationUrl: string; readonly redirectUri: string }) => Promise<string>
  readonly pages: ReadonlyArray<SeenPage>
}

/** The browser ended on a page that does not lead back to the client. */
class BrowserStopped extends Failure("BrowserStopped")<{ readonly status: number; readonly text: string }> {
  override get message() {
    return `the browser stopped at a page with status ${this.status}: ${this.text}`
  }
}

/** A person in a browser without a window, in which nobody is signed in yet: signs in, and allows what is asked. */
export const windowlessLogin = (person: Person): Login => {
  const pages: Array<SeenPage> = []
  const browser = makeUserAgent(person)
  return {
    pages,
    redirectUri: async () => `http://127.0.0.1:${await freePort()}/callback`,
    userAgent: async ({ authorizationUrl, redirectUri }) => {
      const visit = await browser.visit(authorizationUrl, redirectUri)
      if (visit._tag === "Stopped") throw new BrowserStopped(visit)
      pages.push(...visit.pages)
      return visit.callbackUrl
    }
  }
}
