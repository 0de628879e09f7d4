import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import type { DecisionEvent } from "./decision-event.ts"

/** What counts decisions and draws them as spans. */
export interface Telemetry {
  readonly count: (rejection: string | undefined) => void
  /** Present when there is a tracer to draw for. */
  readonly draw?: (event: DecisionEvent) => void
}

const counterOf = (resource: string, rejection: string | undefined) =>
  Metric.counter("postern.guard.decisions", {
    description: "requests that the guard judged",
    incremental: true,
    attributes: { resource, outcome: rejection === undefined ? "accepted" : "refused", ...(rejection && { rejection }) }
  })

const attributesOf = (event: DecisionEvent): ReadonlyArray<readonly [name: string, value: unknown]> => [
  ["postern.outcome", event.outcome],
  ["postern.resource", event.resource],
  ["postern.rejection", event.rejection],
  ["postern.claim", event.claim],
  ["postern.reason", event.reason],
  ["postern.issuer", event.issuer],
  ["postern.operations", event.operations.join(", ")],
  ["oauth.client_id", event.clientId],
  ["http.response.status_code", event.status]
]

const drawWith = (services: Context.Context<never>) => {
  const tracer = Context.get(services, Tracer.Tracer)
  const parent = Context.getOption(services, Tracer.ParentSpan)
  return (event: DecisionEvent): void => {
    const endTime = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n
    const startTime = endTime - BigInt(Math.round(event.durationMillis * 1_000_000))
    const span = tracer.span({
      name: "resource-server.decision",
      parent,
      annotations: Context.empty(),
      links: [],
      startTime,
      kind: "server",
      root: false,
      sampled: true
    })
    for (const [name, value] of attributesOf(event)) if (value !== undefined) span.attribute(name, value)
    // A refusal is an answer and no error of the server.
    span.end(endTime, Exit.void)
  }
}

/**
 * Counts by Effect's `Metric`, in the registry of `services` or the one of all; spans are drawn when `services` is given. Both
 * are plain calls: the path of a remembered token runs no Effect.
 */
export const makeTelemetry = (resource: string, services: Context.Context<never> | undefined): Telemetry => {
  const context = services ?? Context.empty()
  const counters = new Map<string | undefined, Metric.Metric<number, unknown>>()
  const counterFor = (rejection: string | undefined) => {
    const known = counters.get(rejection)
    if (known !== undefined) return known
    const made = counterOf(resource, rejection)
    // As many as there are tags of rejections.
    counters.set(rejection, made)
    return made
  }
  return {
    count: (rejection) => counterFor(rejection).updateUnsafe(1, context),
    ...(services && { draw: drawWith(services) })
  }
}
