// Serves the app of `app.ts` from an origin of its own.
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

/** A page that runs nothing but the app, and speaks to nobody but the three servers. */
const policy = (servers: ReadonlyArray<string>): string =>
  `default-src 'none'; script-src 'self'; connect-src ${servers.join(" ")}; base-uri 'none'; frame-ancestors 'none'`

const CALLBACK = `const channel = new BroadcastChannel("callback")
channel.postMessage(location.href)
channel.close()
window.close()`

const page = (script: string): string => `<!doctype html><title>App</title><script src="${script}"></script>`

/** An origin that serves the app. */
export interface AppServer {
  readonly origin: string
  /** Bytes of the script, minified. */
  readonly bytes: number
  readonly close: () => Promise<void>
}

/** Bundles the app and serves it; `servers` are the origins that it may speak to. */
export const startAppServer = async (servers: ReadonlyArray<string>): Promise<AppServer> => {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL("app.ts", import.meta.url))],
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2024",
    conditions: ["@postern/source"],
    write: false,
    logLevel: "silent"
  })
  const script = bundled.outputFiles[0]?.text ?? ""
  const files = new Map([
    ["/", ["text/html", page("/app.js")]],
    ["/app.js", ["text/javascript", script]],
    ["/callback", ["text/html", page("/callback.js")]],
    ["/callback.js", ["text/javascript", CALLBACK]]
  ] as const)
  const server = createServer(({ url = "" }, response) => {
    const file = [...files].find(([path]) => path === url.split("?")[0])?.[1]
    if (file === undefined) return void response.writeHead(404).end()
    const [type, body] = file
    response.writeHead(200, { "content-type": type, "content-security-policy": policy(servers) }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    origin: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    bytes: Buffer.byteLength(script),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
