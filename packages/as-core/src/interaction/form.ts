import { sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { readCookie } from "../http/cookie.ts"
import { isFormToken } from "./form-token.ts"
import { FormForged, FormMalformed, InteractionGone } from "./rejections.ts"
import { findBrowserOf } from "./session.ts"
import type { Incoming } from "../http/incoming.ts"

/** The one value of a field. */
export const oneField = (form: URLSearchParams, field: string): Result.Result<string, FormMalformed> => {
  const [value, second] = form.getAll(field)
  return value === undefined || second !== undefined ? Result.fail(new FormMalformed({ field })) : Result.succeed(value)
}

/** A form of ours as a browser posted it. */
export interface Post {
  readonly form: URLSearchParams
  readonly interaction: string
  readonly sessionId: string
  /** Equal for equal posts of one browser, and for no others. */
  readonly key: string
}

/** Reads a form that was shown in this browser; whether what it is about is still open, is another question. */
export const readPost = Effect.fnUntraced(function* (engine: Engine, request: Incoming) {
  const text = yield* readBody(request, "application/x-www-form-urlencoded")
  const form = new URLSearchParams(text)
  const forged = () => new FormForged()
  const interaction = yield* Effect.fromResult(Result.mapError(oneField(form, "interaction"), forged))
  const token = yield* Effect.fromResult(Result.mapError(oneField(form, "csrf"), forged))
  const sessionId = readCookie(request.header("cookie"), engine.settings.cookie)
  if (sessionId === undefined) return yield* forged()
  if (!(yield* isFormToken({ sessionId, interaction }, token))) return yield* forged()
  const key = yield* sha256Text(JSON.stringify([new URL(request.url).pathname, sessionId, text]))
  return { form, interaction, sessionId, key } satisfies Post
})

/** What a form is about, if that is still open in the browser's session. */
export const openPost = Effect.fnUntraced(function* (engine: Engine, { interaction, sessionId }: Post, now: number) {
  const browser = yield* findBrowserOf(engine, sessionId, now)
  if (browser === undefined) return yield* new FormForged()
  return { browser, ...(yield* findPending(engine, interaction, browser.session.idHash, now)) }
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
