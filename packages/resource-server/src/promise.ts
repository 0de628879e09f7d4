import type { Verifier } from "@postern/jwt-verify"
import type { PromiseVerifier } from "@postern/jwt-verify/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GuardOptions } from "./configuration.ts"
import { withCors } from "./cors.ts"
import { type Access, makeGuard, type Refused } from "./guard.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** What {@link createGuard} takes: the guard's options, with a verifier of either face. */
export interface PromiseGuardOptions extends Omit<GuardOptions, "verifier"> {
  readonly verifier: Verifier | PromiseVerifier
}

/** Stands in front of an MCP server: from `Request` to `Response`. */
export interface PromiseGuard {
  /**
   * Answers the metadata document, preflights and refusals itself and hands every request that may pass to `next`, with its
   * body unread. What `next` throws is not caught.
   */
  readonly handle: (
    request: Request,
    next: (request: Request, access: Access) => Promise<Response>
  ) => Promise<Response>
  /** Judges a request and answers nothing. */
  readonly check: (request: Request) => Promise<Access | Refused>
  /** The protected resource metadata document (RFC 9728 section 2). */
  readonly protectedResourceMetadata: Readonly<Record<string, unknown>>
  /** The path at which the document is served (RFC 9728 section 3.1). */
  readonly metadataPath: string
  /** The URL of the document, which every challenge names. */
  readonly metadataUrl: string
}

const toVerifier = (verifier: Verifier | PromiseVerifier): Verifier => ({
  verify: (token) =>
    Effect.suspend(() => {
      const verified = verifier.verify(token)
      return Effect.isEffect(verified)
        ? verified
        : Effect.flatMap(
            Effect.promise(() => verified),
            Effect.fromResult
          )
    })
})

/** Makes a guard; throws `ConfigurationInvalid` for options that are wrong or not known (RFC 9728 section 2). */
export const createGuard = (options: PromiseGuardOptions): PromiseGuard => {
  const { verifier } = options
  if (typeof verifier?.verify !== "function")
    throw new ConfigurationInvalid({ key: "verifier", reason: "it is needed" })
  const guard = Result.getOrThrow(makeGuard({ ...options, verifier: toVerifier(verifier) }))
  const { metadataPath, metadataUrl, protectedResourceMetadata } = guard
  return {
    metadataPath,
    metadataUrl,
    protectedResourceMetadata,
    check: (request) => Effect.runPromise(guard.check(request)),
    handle: async (request, next) => {
      const outcome = await Effect.runPromise(guard.respond(request))
      return outcome instanceof Response ? outcome : withCors(await next(outcome.request, outcome))
    }
  }
}
