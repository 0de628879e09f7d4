import * as Effect from "effect/Effect"
import type { Allowance } from "../store.ts"
import { makeReport } from "./report.ts"
import { now } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const allowance = (kind: "subject" | "client", id: string, changes: Partial<Allowance> = {}): Allowance => ({
  resource: "https://mcp.example/mcp",
  scope: "notes:admin",
  to: { kind, id },
  by: "root",
  createdAt: now,
  ...changes
})

/** Allowances as a set. */
const sorted = (allowances: ReadonlyArray<Allowance>): ReadonlyArray<string> =>
  allowances
    .map(({ resource, scope, to, by, createdAt }) => JSON.stringify([to.kind, to.id, resource, scope, by, createdAt]))
    .toSorted()

export const allowanceChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "finds the allowances of a user and of a client, and of nobody else",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        // A user and a client may have the same name, and are not the same.
        const alice = [allowance("subject", "alice"), allowance("subject", "alice", { scope: "notes:purge" })]
        const client = [allowance("client", "client"), allowance("client", "client", { resource: "https://b.example" })]
        const others = [allowance("subject", "client"), allowance("client", "alice"), allowance("subject", "bob")]
        report.same("before", yield* store.findAllowances({ subject: "alice", clientId: "client" }), [])
        for (const one of [...alice, ...client, ...others]) yield* store.addAllowance(one)
        const both = yield* store.findAllowances({ subject: "alice", clientId: "client" })
        report.same("of both", sorted(both), sorted([...alice, ...client]))
        const alone = yield* store.findAllowances({ clientId: "client" })
        report.same("of the client alone", sorted(alone), sorted(client))
        const neither = yield* store.findAllowances({ subject: "carol", clientId: "nobody" })
        report.same("of others", neither, [])
        return report.violations
      })
  },
  {
    name: "adds an allowance once, and removes what is there",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const first = allowance("subject", "alice")
        const second = allowance("subject", "alice", { scope: "notes:purge" })
        const find = store.findAllowances({ subject: "alice", clientId: "client" })
        yield* store.addAllowance(first)
        yield* store.addAllowance({ ...first, by: "another", createdAt: now + 1 })
        report.same("added twice", yield* find, [first])
        yield* store.addAllowance(second)
        for (const wrong of [
          { ...first, resource: "https://b.example" },
          { ...first, scope: "notes:read" },
          { ...first, to: { kind: "client", id: "alice" } as const },
          { ...first, to: { kind: "subject", id: "bob" } as const }
        ]) {
          yield* store.removeAllowance(wrong)
        }
        report.same("after removing what is not there", sorted(yield* find), sorted([first, second]))
        yield* store.removeAllowance(first)
        yield* store.removeAllowance(first)
        report.same("after removing one", yield* find, [second])
        return report.violations
      })
  }
]
