import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import type { PeopleFailed } from "../people.ts"
import type { StoreFailed } from "../store.ts"
import { rowOf } from "../wire-table.ts"
import { showError } from "./show.ts"
import { type FormRejection, formPages } from "./wire.ts"
import type { Answer } from "../http/answer.ts"

const isFailure = <E extends { readonly kind: string }>(error: E): error is Extract<E, { readonly kind: "failure" }> =>
  error.kind === "failure"

/** Answers a rejection with its page; a failure goes on to the edge. */
export const withPages = <E extends FormRejection | StoreFailed | PeopleFailed>(
  engine: Engine,
  answer: Effect.Effect<Answer, E>
): Effect.Effect<Answer, StoreFailed | PeopleFailed> =>
  Effect.matchEffect(answer, {
    onSuccess: Effect.succeed,
    onFailure: (error: FormRejection | StoreFailed | PeopleFailed) =>
      isFailure(error) ? Effect.fail(error) : showError(engine, rowOf(formPages, error), error)
  })
