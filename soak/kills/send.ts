import { Agent, request } from "node:http"
import type { Answer, Send } from "../engine/wire.ts"

const PATIENCE_MILLIS = 60_000

/** Sends requests to a port of this machine; an answer counts when all of it has arrived. */
export const makeSend = (port: number): { readonly send: Send; readonly close: () => void } => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const send: Send = ({ path, form, headers }) =>
    new Promise<Answer>((resolve, reject) => {
      const body = form && new URLSearchParams(form).toString()
      const outgoing = request({
        agent,
        host: "127.0.0.1",
        port,
        path,
        timeout: PATIENCE_MILLIS,
        method: form === undefined ? "GET" : "POST",
        headers: { ...headers, ...(form && { "content-type": "application/x-www-form-urlencoded" }) }
      })
      outgoing.on("error", reject)
      outgoing.on("timeout", () => outgoing.destroy(new Error("a server that runs does not answer")))
      outgoing.on("response", (incoming) => {
        const parts: Array<Buffer> = []
        incoming.on("error", reject)
        incoming.on("data", (part: Buffer) => parts.push(part))
        incoming.on("end", () => {
          if (!incoming.complete) return reject(new Error("the answer ended too soon"))
          const { location, "retry-after": retryAfter, "set-cookie": [cookie] = [] } = incoming.headers
          return resolve({
            status: incoming.statusCode ?? 0,
            headers: { location, "retry-after": retryAfter, "set-cookie": cookie },
            text: Buffer.concat(parts).toString()
          })
        })
      })
      outgoing.end(body)
    })
  return { send, close: () => agent.destroy() }
}
