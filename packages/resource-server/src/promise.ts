import type { PromiseVerifier } from "@postern/jwt-verify/promise"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readBody } from "./body.ts"
import { type Entrance, type GuardFacts, makeEntrance } from "./entrance.ts"
import type { Access, Begun, Head, Outgoing, PublicAccess } from "./incoming.ts"
import { checkFunction, checkFunctions, checkKnown } from "./option-checks.ts"
import { type GuardOptions, guardOptions } from "./options.ts"
import { applyOutgoing } from "./outgoing-response.ts"
import { makeReport } from "./teller.ts"
import type { TokenVerifier } from "./token-verifier.ts"
import { type Admitted, headOf, type RefusedRequest, settle, toResponse } from "./web.ts"
import { internalError } from "./wire.ts"

/** What {@link createGuard} takes: the guard's options, with a verifier of either face. */
export interface PromiseGuardOptions extends Omit<GuardOptions, "verifier"> {
  readonly verifier?: TokenVerifier | PromiseVerifier
}

/** Options of a guard that lets nobody in without a token. */
export type ClosedPromiseGuardOptions = Omit<PromiseGuardOptions, "publicOperations"> & {
  readonly publicOperations?: never
}

/** Stands in front of an MCP server: from `Request` to `Response`. */
export interface PromiseGuard<A = Access> extends GuardFacts {
  /** Judges a request before its body, whatever the platform: a plain function. `undefined`: call `wait`. */
  readonly begin: (head: Head) => Begun | undefined
  /** The same where something is fetched, asked or verified anew. */
  readonly wait: (head: Head) => Promise<Begun>
  /** What to do with the handler's answer to an access that `finish` gave. */
  readonly outgoing: (access: Access | PublicAccess) => Outgoing
  /** Judges a request and answers nothing. */
  readonly check: (request: Request) => Promise<Admitted<A> | RefusedRequest>
  /**
   * Answers the metadata document, preflights and refusals itself and hands every request that may pass to `next`, with its
   * body unread. What `next` throws is not caught.
   */
  readonly handle: (request: Request, next: (request: Request, access: A) => Promise<Response>) => Promise<Response>
}

const toVerifier = ({ recall, verify }: TokenVerifier | PromiseVerifier): TokenVerifier => ({
  verify: (token, options) =>
    Effect.suspend(() => {
      const verified = verify(token, options)
      return Effect.isEffect(verified)
        ? verified
        : Effect.flatMap(
            Effect.promise(() => verified),
            Effect.fromResult
          )
    }),
  ...(recall && { recall })
})

const toPromises = (entrance: Entrance, services: Context.Context<never> = Context.empty()) => {
  const run = Effect.runPromiseWith(services)
  const report = makeReport(services)
  const { begin, outgoing, wait } = entrance

  const check = async (request: Request) => {
    const head = headOf(request)
    const begun = begin(head) ?? (await run(wait(head)))
    const reads = begun._tag === "Pending" && begun.readsBody
    return settle(begun, request, reads ? await readBody(request, begun.maximumBodyBytes) : undefined)
  }

  const checkOrFail = async (request: Request) => {
    try {
      return await check(request)
    } catch (defect) {
      report("the guard failed", defect)
      return { _tag: "Refused", response: toResponse(internalError), rejection: undefined } satisfies RefusedRequest
    }
  }

  const handle: PromiseGuard<Access | PublicAccess>["handle"] = async (request, next) => {
    const outcome = await checkOrFail(request)
    if (outcome._tag === "Refused") return outcome.response
    const response = await next(outcome.request, outcome.access)
    return applyOutgoing(response, outgoing(outcome.access), Date.now())
  }

  return { begin, check, handle, outgoing, wait: (head: Head) => run(wait(head)) }
}

/** Makes a guard; throws `ConfigurationInvalid` for options that are wrong or not known (RFC 9728 section 2). */
export function createGuard(options: ClosedPromiseGuardOptions): PromiseGuard
export function createGuard(options: PromiseGuardOptions): PromiseGuard<Access | PublicAccess>
export function createGuard(options: PromiseGuardOptions): PromiseGuard<Access | PublicAccess> {
  // The options of a caller without types may be none.
  Result.getOrThrow(checkKnown(options, guardOptions))
  const { verifier, ...rest } = options
  Result.getOrThrow(checkFunctions("verifier", verifier, ["verify"]))
  Result.getOrThrow(checkFunction("verifier.recall", verifier?.recall))
  const entrance = Result.getOrThrow(makeEntrance({ ...rest, ...(verifier && { verifier: toVerifier(verifier) }) }))
  const { metadataPath, metadataUrl, protectedResourceMetadata, resource } = entrance
  return { ...toPromises(entrance, options.services), metadataPath, metadataUrl, protectedResourceMetadata, resource }
}
