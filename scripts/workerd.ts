// Bundles tests/workerd/worker.ts, runs it in workerd and compares its answer.
import { deepStrictEqual } from "node:assert"
import { build } from "esbuild"
import { Miniflare } from "miniflare"
import { root } from "./workspace.ts"

const EXPECTED = {
  bytes: 3,
  pkce: true,
  pkceMismatch: "VerifierMismatch",
  challenge: "https://mcp.example.com/mcp",
  scope: "files:read files:write",
  issuer: [
    "https://as.example.com/.well-known/oauth-authorization-server",
    "https://as.example.com/.well-known/openid-configuration"
  ],
  request: ["c1", "s1", ["https://mcp.example.com/mcp"], true],
  subject: "u1",
  audienceMismatch: "AudienceMismatch",
  forbiddenAddress: true,
  insecureFetch: "FetchRejected"
}

const bundle = await build({
  absWorkingDir: root,
  entryPoints: ["tests/workerd/worker.ts"],
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2024",
  conditions: ["@postern/source", "workerd", "worker"],
  write: false,
  logLevel: "warning"
})
const script = bundle.outputFiles[0]?.text ?? ""
// No compatibility flags: the packages need nothing of Node.js.
const miniflare = new Miniflare({ modules: true, script, compatibilityDate: "2026-01-01", cf: false })
try {
  const response = await miniflare.dispatchFetch("http://localhost/")
  const text = await response.text()
  if (response.status !== 200) throw new Error(`workerd answered ${response.status}: ${text}`)
  deepStrictEqual(JSON.parse(text), EXPECTED)
  console.log("workerd answers as it must")
} finally {
  await miniflare.dispose()
}
