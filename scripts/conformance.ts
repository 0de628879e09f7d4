import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"

// Runs the official suite (`@modelcontextprotocol/conformance`) against our client: every scenario by itself, since only then
// exit codes and time-outs count. One line per run; exit 1 when any of them fails.

const SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
const CLIENT = "node --conditions=@postern/source apps/client/src/conformance-client.ts"
const PARALLEL = 2

// `--suite auth`: every scenario of the published specification.
const PUBLISHED = [
  "metadata-default",
  "metadata-var1",
  "metadata-var2",
  "metadata-var3",
  "basic-cimd",
  "scope-from-www-authenticate",
  "scope-from-scopes-supported",
  "scope-omitted-when-undefined",
  "scope-step-up",
  "scope-retry-limit",
  "token-endpoint-auth-basic",
  "token-endpoint-auth-post",
  "token-endpoint-auth-none",
  "pre-registration"
]

// `--suite draft`: those that came with 2026-07-28.
const ADDED = [
  "resource-mismatch",
  "offline-access-scope",
  "offline-access-not-supported",
  "authorization-server-migration",
  "iss-supported",
  "iss-not-advertised",
  "iss-supported-missing",
  "iss-wrong-issuer",
  "iss-unexpected",
  "iss-normalized",
  "metadata-issuer-mismatch"
]

// `--suite extensions`: they belong to no version, and are run with both.
const EXTENSIONS = [
  "client-credentials-basic",
  "client-credentials-jwt",
  "enterprise-managed-authorization",
  "wif-jwt-bearer",
  "dpop",
  "dpop-nonce"
]

// Servers of the time before protected resource metadata.
const LEGACY = ["2025-03-26-oauth-metadata-backcompat", "2025-03-26-oauth-endpoint-fallback"]

interface Run {
  readonly scenario: string
  readonly version: string
}

const at = (version: string, ...names: ReadonlyArray<string>): ReadonlyArray<Run> =>
  names.map((name) => ({ scenario: `auth/${name}`, version }))

const RUNS: ReadonlyArray<Run> = [
  ...at("2025-11-25", ...PUBLISHED, ...EXTENSIONS),
  ...at("2026-07-28", ...PUBLISHED, ...ADDED, ...EXTENSIONS),
  ...at("2025-03-26", ...LEGACY)
]

const outputFolder = await mkdtemp(join(tmpdir(), "postern-conformance-"))

// `node` in the command is this Node; what it compiled for one run serves the next.
const environment = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  NODE_COMPILE_CACHE: join(outputFolder, "compiled")
}

/** Runs one scenario; what it said, when it failed. */
const run = ({ scenario, version }: Run): Promise<{ readonly passed: boolean; readonly said: string }> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        SUITE,
        "client",
        "--command",
        CLIENT,
        "--scenario",
        scenario,
        "--spec-version",
        version,
        "--force",
        "-o",
        outputFolder
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: environment }
    )
    let said = ""
    child.stdout.on("data", (chunk) => (said += String(chunk)))
    child.stderr.on("data", (chunk) => (said += String(chunk)))
    child.on("error", (error) => resolve({ passed: false, said: error.message }))
    // A scenario that was skipped exits 0 too, and has not passed.
    child.on("close", (code) => resolve({ passed: code === 0 && said.includes("OVERALL: PASSED"), said }))
  })

const waiting = [...RUNS]
const failed: Array<Run> = []

const work = async (): Promise<void> => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { passed, said } = await run(next)
    console.log(`${passed ? "passed" : "FAILED"}  ${next.version}  ${next.scenario}`)
    if (passed) continue
    failed.push(next)
    console.log(said.split("\n").slice(-40).join("\n"))
  }
}

await Promise.all(Array.from({ length: PARALLEL }, work))
await rm(outputFolder, { recursive: true, force: true })
console.log(`${RUNS.length - failed.length} of ${RUNS.length} conformance runs passed`)
process.exitCode = failed.length === 0 ? 0 : 1
