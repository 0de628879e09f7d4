// node:http in front of a handler of web requests, with no more than it takes: for what was written for another runtime.
import { createServer, type IncomingMessage } from "node:http"

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Listens on loopback. */
export const listen = (port: number, handle: (request: Request) => Promise<Response>): Promise<void> =>
  new Promise((resolve) => {
    createServer((incoming, outgoing) => {
      const answer = async (): Promise<void> => {
        const { headers, method = "GET", url = "/" } = incoming
        const request = new Request(`http://127.0.0.1:${port}${url}`, {
          method,
          headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
          ...(method === "POST" && { body: await readBody(incoming) })
        })
        const response = await handle(request)
        const body = Buffer.from(await response.arrayBuffer())
        outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), "content-length": body.length })
        outgoing.end(body)
      }
      answer().catch((error: unknown) => {
        console.error(error)
        outgoing.writeHead(500).end()
      })
    }).listen(port, "127.0.0.1", resolve)
  })
