// The client's side of a login: a loopback redirect URI that notes what arrives.
import { createServer, type IncomingHttpHeaders } from "node:http"

/** What a browser came back with. */
export interface Arrival {
  readonly parameters: URLSearchParams
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

/** A redirect URI and what arrived there. */
export interface CallbackServer {
  readonly redirectUri: string
  readonly arrivals: ReadonlyArray<Arrival>
  readonly close: () => Promise<void>
}

/** Listens on a free loopback port. */
export const startCallbackServer = async (): Promise<CallbackServer> => {
  const arrivals: Array<Arrival> = []
  const server = createServer(({ headers, method = "", url = "" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1")
    if (pathname === "/callback") arrivals.push({ parameters: searchParams, method, headers })
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Back</title><p>back</p>")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    redirectUri: `http://127.0.0.1:${port}/callback`,
    arrivals,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
