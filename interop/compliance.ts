// mcp-oauth-compliance against the two apps, by each way of registering and at each of its two protocol versions.
import { registerHooks } from "node:module"
import { quietly } from "./quietly.ts"
import type { Judge, Line, Verdict } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

// The published package imports one file of the SDK in letters of another case.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier.replace("client/streamablehttp.js", "client/streamableHttp.js"), context)
})

interface Finding {
  readonly id: string
  readonly requirement: string
  readonly status: "pass" | "fail" | "skip" | "warning" | "pending" | "info"
  readonly message?: string
}

interface Tester {
  readonly runAllTests: () => Promise<{ readonly results: ReadonlyArray<Finding> }>
}

const loadTester = async (): Promise<new (options: object) => Tester> => {
  const entry = "./node_modules/mcp-oauth-compliance/dist/compliance/compliance-tester.js"
  const { MCPComplianceTester } = (await import(entry)) as { MCPComplianceTester: new (options: object) => Tester }
  return MCPComplianceTester
}

const OUTCOMES = {
  pass: "passed",
  fail: "failed",
  skip: "skipped",
  pending: "skipped",
  warning: "passed",
  info: "passed"
} as const

const play = async (
  stage: Stage,
  Tester: new (options: object) => Tester,
  flow: { readonly protocolVersion: string; readonly document: boolean }
): Promise<Verdict> => {
  const { clientDocument, issuer, notes } = stage.world
  const tester = new Tester({
    serverUrl: notes,
    protocolVersion: flow.protocolVersion,
    interactiveAuth: true,
    scope: "notes:read",
    resourceUri: notes,
    resourceParameter: notes,
    authorizationEndpoint: `${issuer}/authorize`,
    tokenEndpoint: `${issuer}/token`,
    allowHttpMcpConnection: true,
    enforceS256: true,
    useClientIDMetadata: flow.document,
    // It authorizes once more with a client that its configuration names, and knows none that registers itself.
    ...(flow.document && { clientIDMetadataUrl: clientDocument, privilegedToolName: "purge_notes" }),
    callbackPort: 38_913
  })
  // The judge talks while it works; what it found is in its results.
  const { results } = await quietly(() => tester.runAllTests())
  const lines = results.map(({ id, message, requirement, status }): Line => ({
    name: id,
    outcome: OUTCOMES[status],
    said: `${requirement}: ${message ?? ""}`
  }))
  return { judge: `${flow.protocolVersion}, ${flow.document ? "metadata document" : "dynamic registration"}`, lines }
}

const FLOWS = [
  { protocolVersion: "2025-11-25", document: true },
  { protocolVersion: "2025-11-25", document: false },
  { protocolVersion: "pre-2025-11-25", document: false }
] as const

export const compliance: Judge = {
  package: "mcp-oauth-compliance",
  skips: {
    "client-reg-1": "no client is registered beforehand in these runs",
    "client-reg-2": "the run with dynamic registration has no metadata document",
    "step-1.0": "the judge steps up with a client of its configuration alone: see the run with the metadata document",
    "oauth-4.8": "the judge registers without the refresh_token grant",
    "oauth-4.9": "the judge leaves this to its own later check of `aud`",
    "pkjwt-1.1": "the client of the metadata document is a public one"
  },
  run: async ({ quick }) => {
    const stage = await startStage()
    // It opens a browser from this process.
    Object.assign(process.env, stage.person.environment)
    try {
      const Tester = await loadTester()
      const verdicts: Array<Verdict> = []
      for (const flow of quick ? FLOWS.slice(0, 1) : FLOWS) verdicts.push(await play(stage, Tester, flow))
      return verdicts
    } finally {
      await stage.close()
    }
  }
}
