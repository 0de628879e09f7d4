import { createServer, type RequestListener, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { getRequestListener } from "@hono/node-server"
import { toNodeHandler } from "@modelcontextprotocol/node"
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { authInfoFor, guardedHandler } from "@postern/mcp-sdk/server"
import { authInfoFor as authInfoForV1 } from "@postern/mcp-sdk/server-v1"
import { serve } from "@postern/node"
import { expressGuard } from "@postern/node/express"
import { fastifyGuard } from "@postern/node/fastify"
import { guardListener } from "@postern/node/guard"
import type { Access, PublicAccess } from "@postern/resource-server"
import * as Effect from "effect/Effect"
import express from "express"
import fastify from "fastify"
import { Hono } from "hono"
import type { OpenGuard } from "./guards.ts"
import { notesAnswer } from "./notes-answer.ts"
import { sdkHandler, sdkServerV1 } from "./sdk-servers.ts"

/** A server behind a guard that listens. */
export interface Running {
  readonly port: number
  readonly close: () => Promise<void>
}

/** A way to put a guard in front of a server. */
export interface Adapter {
  readonly name: string
  /** Whether the official SDK answers, and not a handler written by hand. */
  readonly sdk: boolean
  readonly start: (guard: OpenGuard) => Promise<Running>
}

type Anyone = Access | PublicAccess

const listen = async (listener: RequestListener): Promise<Running> => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: (server.address() as AddressInfo).port, close }
}

const serveWeb = async (fetch: (request: Request) => Promise<Response>): Promise<Running> => {
  const server = await Effect.runPromise(
    serve({ fetch, hostname: "127.0.0.1", port: 0, origin: "https://mcp.example.com", graceMillis: 100 })
  )
  return { port: server.port, close: () => Effect.runPromise(server.close()) }
}

const answerWeb = async (request: Request, access: Anyone): Promise<Response> => {
  const { body, headers, status } = notesAnswer(request.method, access)
  if (body !== undefined) return new Response(body === "" ? null : body, { status, headers })
  const first = new TextEncoder().encode("data: 1\n\n")
  return new Response(new ReadableStream({ start: (controller) => controller.enqueue(first) }), { status, headers })
}

const answerNode = (method: string, outgoing: ServerResponse, access: Anyone): void => {
  const { body, headers, status } = notesAnswer(method, access)
  outgoing.writeHead(status, headers)
  if (body === undefined) outgoing.write("data: 1\n\n")
  else outgoing.end(body)
}

export const adapters: ReadonlyArray<Adapter> = [
  {
    name: "handle, behind serve",
    sdk: false,
    start: (guard) => serveWeb((request) => guard.handle(request, answerWeb))
  },
  {
    name: "handle, in Hono",
    sdk: false,
    start: (guard) => {
      const app = new Hono()
      app.all("*", (context) => guard.handle(context.req.raw, answerWeb))
      const listener = getRequestListener(app.fetch)
      return listen((incoming, outgoing) => void listener(incoming, outgoing))
    }
  },
  {
    name: "guardListener",
    sdk: false,
    start: (guard) =>
      listen(guardListener(guard, ({ method }, outgoing, access) => answerNode(method, outgoing, access)))
  },
  {
    name: "expressGuard",
    sdk: false,
    start: (guard) => {
      const app = express()
      app.use(["/mcp", guard.metadataPath], expressGuard(guard))
      app.all("/mcp", (request, response) => {
        if (request.access !== undefined) answerNode(request.method, response, request.access)
      })
      return listen(app)
    }
  },
  {
    name: "fastifyGuard",
    sdk: false,
    start: async (guard) => {
      const app = fastify()
      await app.register(async (scope) => {
        await scope.register(fastifyGuard, { guard })
        scope.route({
          method: ["GET", "POST", "DELETE"],
          url: "/mcp",
          handler: async ({ access, method }, reply) => {
            if (access === undefined) throw new Error("nobody passed")
            const { body, headers, status } = notesAnswer(method, access)
            if (body !== undefined) return reply.code(status).headers(headers).send(body)
            reply.hijack()
            answerNode(method, reply.raw, access)
          }
        })
      })
      await app.listen({ host: "127.0.0.1", port: 0 })
      return {
        port: (app.server.address() as AddressInfo).port,
        close: async () => {
          app.server.closeAllConnections()
          await app.close()
        }
      }
    }
  },
  {
    name: "guardedHandler of SDK 2",
    sdk: true,
    start: (guard) => serveWeb(guardedHandler(guard, sdkHandler()))
  },
  {
    name: "toNodeHandler of SDK 2, behind guardListener",
    sdk: true,
    start: (guard) => {
      const handler = toNodeHandler(sdkHandler())
      return listen(
        guardListener(guard, (incoming, outgoing) => handler(incoming, outgoing, incoming.body), {
          auth: authInfoFor(guard)
        })
      )
    }
  },
  {
    name: "StreamableHTTPServerTransport of SDK 1, behind expressGuard",
    sdk: true,
    start: (guard) => {
      const app = express()
      app.use(["/mcp", guard.metadataPath], expressGuard(guard, { auth: authInfoForV1(guard) }))
      app.all("/mcp", async (request, response) => {
        const server = sdkServerV1()
        const transport = new StreamableHTTPServerTransport({})
        response.on("close", () => void server.close())
        await server.connect(transport)
        await transport.handleRequest(request, response, request.body)
      })
      return listen(app)
    }
  }
]
