// `OAuthConformanceTest` of @mcpjam/sdk against the two apps: registration, login, token, and calls with it.
import { OAuthConformanceTest } from "@mcpjam/sdk"
import type { Judge, Line, Verdict } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

const FLOWS = [
  { protocolVersion: "2025-11-25", registrationStrategy: "cimd" },
  { protocolVersion: "2025-11-25", registrationStrategy: "dcr" },
  { protocolVersion: "2025-06-18", registrationStrategy: "dcr" }
] as const

const REDIRECT = "http://127.0.0.1:38912/callback"

const play = async (stage: Stage, flow: (typeof FLOWS)[number]): Promise<Verdict> => {
  const { passed, steps, summary } = await new OAuthConformanceTest({
    ...flow,
    serverUrl: stage.world.notes,
    redirectUrl: REDIRECT,
    auth: { mode: "interactive", openUrl: stage.person.open },
    client: { clientIdMetadataUrl: stage.world.clientDocument },
    verification: { listTools: true, callTool: { name: "read_notes", params: {} } },
    oauthConformanceChecks: true
  }).run()
  const lines = steps.map(({ error, status, step }): Line => ({
    name: step,
    outcome: status,
    said: error?.message ?? ""
  }))
  const whole: Line = { name: "whole flow", outcome: passed ? "passed" : "failed", said: summary }
  return { judge: `${flow.protocolVersion} ${flow.registrationStrategy}`, lines: [...lines, whole] }
}

export const mcpjam: Judge = {
  package: "@mcpjam/sdk",
  skips: {
    oauth_invalid_redirect:
      "the judge asks the token endpoint with a code that it made up: ours refuses the code first and does not say whether the redirect URI was right"
  },
  run: async ({ quick }) => {
    const stage = await startStage()
    try {
      const verdicts: Array<Verdict> = []
      for (const flow of quick ? FLOWS.slice(0, 1) : FLOWS) verdicts.push(await play(stage, flow))
      return verdicts
    } finally {
      await stage.close()
    }
  }
}
