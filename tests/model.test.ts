// The state model of code, grant, refresh, consent and revocation: `docs/invariants.md`.
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { countSteps, countTraces, explore } from "./model/explore.ts"
import type { Fault } from "./model/faults.ts"
import type { Invariant } from "./model/invariants.ts"
import { formatStep } from "./model/requests.ts"
import { everySituation, everyStep, explored, meetings } from "./model/run.ts"
import { scenarios } from "./model/scenarios.ts"

const page = readFileSync(new URL("../docs/invariants.md", import.meta.url), "utf8")
const grouped = (count: number | bigint) => count.toLocaleString("en-US")

describe("the state model", () => {
  it("[CON-01] [CON-04] [CON-05] [REV-08] keeps its invariants in every state that any interleaving and any crash leads to", () => {
    let [states, steps, traces] = [0, 0, 0n]
    for (const [index, found] of explored().entries()) {
      const [first] = found.violations
      expect(first && { ...first, trace: first.trace.map(formatStep) }, scenarios[index]?.title).toBeUndefined()
      states += found.nodes.length
      steps += countSteps(found)
      traces += countTraces(found)
    }
    expect(page).toContain(
      `${scenarios.length} scenarios: ${grouped(states)} states, ${grouped(steps)} steps between them, ${grouped(traces)} traces`
    )
    const { situations, traces: few } = everySituation()
    const most = Math.max(...scenarios.flatMap(({ processes }) => processes.map(({ length }) => length)))
    expect([most, Math.max(...scenarios.map(({ time = [] }) => time.length))]).toEqual([2, 3])
    expect(page).toContain("three processes with at most two requests each")
    expect(page).toContain("up to three leaps of time")
    expect(page).toContain(`${grouped(everyStep().length)} traces that take every one of those steps`)
    expect(page).toContain(`${grouped(meetings().length)} meetings`)
    expect(page).toContain(`${grouped(few.length)} traces that meet all ${grouped(situations)} situations`)
  })

  const breaks: ReadonlyArray<readonly [Fault, Invariant]> = [
    ["redeem trusts its read", "one set of tokens per code"],
    ["redeem leaves the code unused", "one set of tokens per code"],
    ["rotate leaves the old token live", "one live refresh token per grant"],
    ["redeem ignores that the grant ended", "nothing verifies after its revocation"],
    ["rotate ignores that the grant ended", "nothing verifies after its revocation"],
    ["introspection ignores that the grant ended", "nothing verifies after its revocation"],
    ["a code's replay leaves the grant", "nothing verifies after its revocation"],
    ["a refresh token's replay leaves the grant", "nothing verifies after its revocation"],
    ["a revocation leaves the grant", "nothing verifies after its revocation"],
    ["the end of consents leaves the grants", "nothing verifies after its revocation"],
    ["a token is for all resources", "one audience, scopes within the consent"],
    ["a token has all scopes of its resources", "one audience, scopes within the consent"],
    ["approve by consent trusts its read", "one audience, scopes within the consent"],
    ["a wrong secret is not noticed", "strangers and failures change nothing"],
    ["any client redeems a code", "strangers and failures change nothing"],
    ["any client revokes", "strangers and failures change nothing"],
    ["a wrong verifier uses the code up", "strangers and failures change nothing"],
    ["rotate trusts its read", "consumed is never live again"],
    ["approve leaves the page open", "consumed is never live again"],
    ["introspection ignores what was revoked", "consumed is never live again"],
    ["purge forgets what is still revoked", "consumed is never live again"]
  ]
  it("has as many faults as the page says", () => {
    expect(page).toContain(`With one fault at a time built into it, ${breaks.length} of them`)
  })

  it.for(breaks)("is found to break where %s: %s", ([fault, invariant]) => {
    const faults = new Set([fault])
    const isFound = scenarios.some((scenario) =>
      explore(scenario, { crashes: 0, faults }).violations.some((violation) => violation.invariant === invariant)
    )
    expect(isFound).toBe(true)
  })
})
