import type { ServerResponse } from "node:http"
import type { Access, PublicAccess } from "@postern/resource-server"
import type { Anyone, NodeGuard } from "./admission.ts"
import { enterGuard, type Guarded, type GuardedOptions } from "./enter-guard.ts"

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- the one way to say what a request of Express has.
  namespace Express {
    interface Request {
      /** Who passed the guard. */
      access?: Access | PublicAccess
    }
  }
}

/** A request of Express, as far as it is used here. */
export interface ExpressRequest extends Guarded {
  /** The target as it came: a mount takes its path off `url`. */
  originalUrl: string
  access?: Access | PublicAccess
}

/** A middleware of Express 5. */
export type ExpressGuard = (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void

/**
 * A guard as a middleware of Express: it answers, or `request.access` says who passed and `request.body` is the message that
 * was judged. It comes before whatever reads the body: behind `express.json()` every POST is an error. What the guard itself
 * throws goes to the error handlers of Express. With `rootMetadata` the second mount is `/.well-known/oauth-protected-resource`,
 * below which `guard.metadataPath` lies.
 *
 * ```ts
 * app.use(["/mcp", guard.metadataPath], expressGuard(guard))
 * ```
 */
export const expressGuard =
  <A extends Anyone>(guard: NodeGuard<A>, options: Pick<GuardedOptions<A>, "auth"> = {}): ExpressGuard =>
  (request, response, next) =>
    enterGuard(
      guard,
      { incoming: request, outgoing: response, url: request.originalUrl },
      {
        auth: options.auth,
        pass: (access) => {
          request.access = access
          next()
        },
        fail: next
      }
    )
