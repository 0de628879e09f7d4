import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readBody } from "./body.ts"
import { type Entrance, makeEntrance } from "./entrance.ts"
import type { Access, PublicAccess } from "./incoming.ts"
import type { GuardOptions } from "./options.ts"
import type { ConfigurationInvalid } from "./rejections.ts"
import { type Admitted, headOf, type RefusedRequest, settle, toResponse } from "./web.ts"
import { internalError } from "./wire.ts"

export type { GuardFacts } from "./entrance.ts"

/** Stands in front of an MCP server. */
export interface Guard<A = Access> extends Entrance {
  /** Judges a request of the web by its token and by what it wants; reads no body before the token is known to be good. */
  readonly check: (request: Request) => Effect.Effect<Admitted<A> | RefusedRequest>
  /** The same with finished refusals as responses; a bug inside is a bare 500. */
  readonly respond: (request: Request) => Effect.Effect<Admitted<A> | Response>
}

/** Options of a guard that lets nobody in without a token. */
export type ClosedGuardOptions = Omit<GuardOptions, "publicOperations"> & { readonly publicOperations?: never }

/** Makes a guard; options that are wrong, or not known, are {@link ConfigurationInvalid} (RFC 9728 section 2). */
export function makeGuard(options: ClosedGuardOptions): Result.Result<Guard, ConfigurationInvalid>
export function makeGuard(options: GuardOptions): Result.Result<Guard<Access | PublicAccess>, ConfigurationInvalid>
export function makeGuard(options: GuardOptions): Result.Result<Guard<Access | PublicAccess>, ConfigurationInvalid> {
  return Result.map(makeEntrance(options), (entrance) => {
    const check = Effect.fn("resource-server.check")(function* (request: Request) {
      const begun = yield* entrance.wait(headOf(request))
      const body =
        begun._tag === "Pending" && begun.readsBody
          ? yield* Effect.promise(() => readBody(request, begun.maximumBodyBytes))
          : undefined
      return settle(begun, request, body)
    })

    const respond = (request: Request): Effect.Effect<Admitted<Access | PublicAccess> | Response> =>
      Effect.suspend(() => check(request)).pipe(
        Effect.map((outcome) => (outcome._tag === "Admitted" ? outcome : outcome.response)),
        Effect.catchDefect((defect) =>
          Effect.as(Effect.logError("the guard failed", defect), toResponse(internalError))
        )
      )

    return { ...entrance, check, respond }
  })
}
