import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { exportJWK, generateKeyPair, SignJWT } from "jose"
import { freePort } from "@postern/app-demo"
import { decodeConfiguration, startResourceServer } from "@postern/app-resource-server"
import { serve } from "@postern/node"

/** The MCP server of `apps/resource-server` on loopback, and tokens of its authorization server. */
export interface Running {
  readonly port: number
  readonly token: (changes?: object) => Promise<string>
  /** How many bodies of answers were neither read to their end nor given up. */
  readonly open: () => number
  readonly close: () => Promise<void>
}

/** Counts the bodies that are on their way. */
const makeCounter = () => {
  const open = new Set<object>()
  const counted = (response: Response): Response => {
    if (response.body === null) return response
    const reader = response.body.getReader()
    open.add(reader)
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        if (open.delete(reader)) controller.close()
      },
      cancel: (reason) => {
        open.delete(reader)
        return reader.cancel(reason)
      }
    })
    return new Response(body, response)
  }
  return {
    open: () => open.size,
    tap: (handler: (request: Request) => Promise<Response>) => async (request: Request) =>
      counted(await handler(request))
  }
}

export const startRunning = async (): Promise<Running> => {
  const { privateKey, publicKey } = await generateKeyPair("ES256")
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" }] }
  const keyServer = await Effect.runPromise(
    serve({ fetch: async () => Response.json(keys), hostname: "127.0.0.1", port: 0 })
  )
  const port = await freePort()
  const resource = `http://127.0.0.1:${port}/mcp`
  const issuer = "https://as.example.com"
  const authorizationServer = { issuer, jwksUri: `${keyServer.url}/jwks` }
  const { open, tap } = makeCounter()
  const configuration = Result.getOrThrow(decodeConfiguration({ resource, listen: { port }, authorizationServer }))
  const server = await startResourceServer(configuration, { tap })
  let count = 0
  const token = (changes: object = {}) => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer, aud: resource, sub: "u1", client_id: "c1", iat, exp: iat + 300, jti: `j${count++}` }
    return new SignJWT({ ...claims, scope: "notes:read", ...changes })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
      .sign(privateKey)
  }
  const close = async () => {
    await server.close()
    await Effect.runPromise(keyServer.close())
  }
  return { port, token, open, close }
}
