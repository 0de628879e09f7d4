// Somebody who signs in and consents, for programs that open a browser.
import { createServer } from "node:http"
import { delimiter, dirname, join } from "node:path"
import { makeUserAgent, type PersonAtBrowser } from "../apps/demo/src/index.ts"

/** A person at a browser, who can be reached from another process. */
export interface Person {
  /** Opens a URL as the person would and follows it back to the redirect URI that it names, which is asked for. */
  readonly open: (url: string) => Promise<void>
  /** The same, up to the redirect, which is left to the caller. */
  readonly visit: (url: string) => Promise<URL>
  /** What a program needs to find `browser/xdg-open`, on a machine with a desktop too. */
  readonly environment: Readonly<Record<string, string>>
  readonly close: () => void
}

/** Some programs open the browser first and listen then: a person would not be there so soon. */
const reach = async (callback: URL, attempts = 50): Promise<Response> => {
  try {
    return await fetch(callback)
  } catch (error) {
    if (attempts === 1) throw error
    await new Promise((resolve) => setTimeout(resolve, 100))
    return reach(callback, attempts - 1)
  }
}

/** Starts the person's browser on a loopback port. */
export const startPerson = async (person: PersonAtBrowser): Promise<Person> => {
  const agent = makeUserAgent(person)
  const visit = async (url: string): Promise<URL> => {
    const redirectUri = new URL(url).searchParams.get("redirect_uri") ?? ""
    const visit = await agent.visit(url, redirectUri)
    if (visit._tag === "Stopped")
      throw new Error(`the browser stopped at ${visit.status}: ${visit.text}, sent to ${redirectUri}`)
    return new URL(visit.callbackUrl)
  }
  const open = async (url: string): Promise<void> => {
    const callback = await visit(url)
    await reach(callback)
  }
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      open(Buffer.concat(chunks).toString()).catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
      response.end()
    })
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })
  const folder = join(import.meta.dirname, "browser")
  return {
    open,
    visit,
    environment: {
      PATH: [folder, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      POSTERN_INTEROP_BROWSER: `http://127.0.0.1:${port}/`,
      // The packages that open a browser bring a script of their own, which asks these.
      BROWSER: join(folder, "xdg-open"),
      XDG_CURRENT_DESKTOP: "X-Generic",
      DISPLAY: "",
      WAYLAND_DISPLAY: ""
    },
    close: () => server.close()
  }
}
