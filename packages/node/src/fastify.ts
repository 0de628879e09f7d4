import type { Access, Answer, PublicAccess } from "@postern/resource-server"
import type { PromiseGuard } from "@postern/resource-server/promise"
import type { FastifyInstance, FastifyPluginCallback, FastifyReply } from "fastify"
import type { Anyone, NodeGuard } from "./admission.ts"
import { enterGuard, type GuardedOptions } from "./enter-guard.ts"
import { discardBody } from "./send-answer.ts"

declare module "fastify" {
  interface FastifyRequest {
    /** Who passed the guard. */
    access?: Access | PublicAccess
  }
}

/** What the plugin takes: the guard, and what `request.raw.auth` shall be. */
export interface FastifyGuardOptions<A extends Anyone = Anyone, Auth = unknown> extends Pick<
  GuardedOptions<A, Auth>,
  "auth"
> {
  readonly guard: NodeGuard<A> & Pick<PromiseGuard<A>, "metadataPath">
}

const ROOT_METADATA = "/.well-known/oauth-protected-resource"
// `HEAD` comes with `GET`.
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

const send = (reply: FastifyReply, { body, headers, status }: Answer): void => {
  discardBody(reply.request.raw)
  // As bytes: to a text Fastify would add a charset.
  void reply
    .code(status)
    .headers(headers)
    .send(body === null ? undefined : Buffer.from(body))
}

/** Routes that the guard answers itself; whatever came through to them would be a bug. */
const addRoutes = (instance: FastifyInstance, paths: ReadonlyArray<string>): void => {
  for (const url of paths) {
    if (instance.hasRoute({ method: "GET", url })) continue
    instance.route({ method: METHODS, url, handler: async (_request, reply) => reply.code(404).send() })
  }
}

/** A preflight goes to a route of its own in Fastify: every guarded path gets one. */
const addPreflights = (instance: FastifyInstance): void => {
  instance.addHook("onRoute", ({ method, url }) => {
    if (method === "OPTIONS" || (Array.isArray(method) && method.includes("OPTIONS"))) return
    const path = url.slice(instance.prefix.length)
    if (!instance.hasRoute({ method: "OPTIONS", url })) {
      instance.options(path, async (_request, reply) => reply.code(404).send())
    }
  })
}

const plugin = <A extends Anyone, Auth>(
  instance: FastifyInstance,
  { auth, guard }: FastifyGuardOptions<A, Auth>,
  done: (error?: Error) => void
): void => {
  if (instance.prefix !== "") return done(new Error("the guard is registered where no prefix stands before its paths"))
  instance.addHook("onRequest", (request, reply, next) => {
    enterGuard(
      guard,
      { incoming: request.raw, outgoing: reply.raw, url: request.originalUrl },
      {
        auth,
        answer: (answer) => send(reply, answer),
        pass: (access) => {
          request.access = access
          next()
        },
        fail: (error) => next(error instanceof Error ? error : new Error("the guard failed", { cause: error }))
      }
    )
  })
  // The guard has read the body, after the token and within its own bound: the parser gives what was judged.
  instance.removeAllContentTypeParsers()
  instance.addContentTypeParser("*", (request, _payload, parsed) => {
    parsed(null, "body" in request.raw ? request.raw.body : undefined)
  })
  addPreflights(instance)
  addRoutes(instance, [guard.metadataPath.split("?", 1)[0] ?? guard.metadataPath, ROOT_METADATA])
  done()
}

/**
 * A guard as a plugin of Fastify, for all routes of the scope in which it is registered: it answers, or `request.access` says
 * who passed and `request.body` is the message that was judged. It runs before Fastify would read the body, in whose place it
 * reads it.
 *
 * ```ts
 * await app.register(async (scope) => {
 *   await scope.register(fastifyGuard, { guard })
 *   scope.route({ method: ["GET", "POST", "DELETE"], url: "/mcp", handler })
 * })
 * ```
 */
export const fastifyGuard: FastifyPluginCallback<FastifyGuardOptions> = Object.assign(plugin, {
  // Fastify's own word for a plugin whose hooks are for the scope that registers it.
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "@postern/node/fastify"
})
