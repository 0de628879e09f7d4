import type { VerifiedToken } from "@postern/jwt-verify"
import type { Operation } from "@postern/scope"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Configuration } from "./configuration.ts"
import { toEvent } from "./decision-event.ts"
import type { Refusal } from "./rejections.ts"
import { makeTelemetry } from "./telemetry.ts"

/** Says once what was decided about a request. */
export type Tell = (
  refusal: Refusal | undefined,
  status: number | undefined,
  token: VerifiedToken | undefined,
  operations: ReadonlyArray<Operation>,
  startedAt: number
) => void

/** Writes a defect to Effect's log, for callers who run no Effect. */
export const makeReport =
  (services: Context.Context<never> = Context.empty()) =>
  (message: string, defect: unknown): void =>
    void Effect.runForkWith(services)(Effect.logError(message, defect))

/** Counts each decision, draws it and hands it to `onDecision`. None of the three can change it: what they throw is logged. */
export const makeTeller = ({ onDecision, resource, services }: Configuration): Tell => {
  const report = makeReport(services)
  const { count, draw } = makeTelemetry(resource, services)
  const failed = (defect: unknown): void => report("what was decided could not be told", defect)
  const quiet = onDecision === undefined && draw === undefined

  return (refusal, status, token, operations, startedAt) => {
    try {
      count(refusal?._tag)
      if (quiet) return
      const durationMillis = performance.now() - startedAt
      const event = toEvent(resource, { refusal, status, token, operations, durationMillis })
      draw?.(event)
      const told: unknown = onDecision?.(event)
      if (told instanceof Promise) told.catch(failed)
    } catch (defect) {
      failed(defect)
    }
  }
}
