// The two apps as they are, and somebody who signs in and consents, for judges that open a browser.
import { createServer } from "node:http"
import * as tls from "node:tls"
import { makeRecorder, makeUserAgent, startWorld, type World } from "../apps/demo/src/index.ts"

/** The apps with a person at a browser. */
export interface Stage {
  readonly world: World
  /** Opens a URL as the person would and follows it back to the redirect URI that it names. */
  readonly open: (url: string) => Promise<void>
  /** Where `browser/xdg-open` posts a URL that is to be opened. */
  readonly browser: string
  readonly close: () => Promise<void>
}

const listen = (server: ReturnType<typeof createServer>): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`)
    })
  })

/** Starts everything on loopback ports. */
export const startStage = async (): Promise<Stage> => {
  const world = await startWorld(makeRecorder(() => undefined))
  // The host of the client's metadata document has a certificate of its own, which judges fetch with the platform's `fetch`.
  const platform = tls.getCACertificates("default")
  tls.setDefaultCACertificates([...platform, world.ca])
  const agent = makeUserAgent(world.administrator)
  const open = async (url: string): Promise<void> => {
    const redirectUri = new URL(url).searchParams.get("redirect_uri") ?? ""
    const visit = await agent.visit(url, redirectUri)
    if (visit._tag === "Stopped")
      throw new Error(`the browser stopped at ${visit.status}: ${visit.text}, sent to ${redirectUri}`)
    await fetch(visit.callbackUrl)
  }
  const browser = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      open(Buffer.concat(chunks).toString()).catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
      response.end()
    })
  })
  return {
    world,
    open,
    browser: await listen(browser),
    close: async () => {
      browser.close()
      tls.setDefaultCACertificates(platform)
      await world.close()
    }
  }
}
