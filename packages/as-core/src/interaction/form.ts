import { sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { isFormToken } from "./form-token.ts"
import { FormForged, FormMalformed, InteractionGone } from "./rejections.ts"
import { findBrowser } from "./session.ts"
import type { Incoming } from "../http/incoming.ts"

/** The one value of a field. */
export const oneField = (form: URLSearchParams, field: string): Result.Result<string, FormMalformed> => {
  const [value, second] = form.getAll(field)
  return value === undefined || second !== undefined ? Result.fail(new FormMalformed({ field })) : Result.succeed(value)
}

/** A form of ours, posted by the browser that it was shown in, about a request that is still open. */
export const readForm = Effect.fnUntraced(function* (engine: Engine, request: Incoming, now: number) {
  const form = new URLSearchParams(yield* readBody(request, "application/x-www-form-urlencoded"))
  const forged = () => new FormForged()
  const interaction = yield* Effect.fromResult(Result.mapError(oneField(form, "interaction"), forged))
  const token = yield* Effect.fromResult(Result.mapError(oneField(form, "csrf"), forged))
  const browser = yield* findBrowser(engine, request, now)
  if (browser === undefined) return yield* forged()
  if (!(yield* isFormToken({ sessionId: browser.sessionId, interaction }, token))) return yield* forged()
  return { form, browser, ...(yield* findPending(engine, interaction, browser.session.idHash, now)) }
})

/** The pending request of a handle, if it is this browser's. */
export const findPending = Effect.fnUntraced(function* (
  engine: Engine,
  interaction: string,
  sessionHash: string,
  now: number
) {
  const interactionHash = yield* sha256Text(interaction)
  const pending = yield* engine.store.findInteraction(interactionHash, now)
  if (pending === undefined || pending.sessionHash !== sessionHash) return yield* new InteractionGone()
  return { interaction, interactionHash, request: pending.request }
})
