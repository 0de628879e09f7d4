// Runs what is built on Deno and Bun: every example, and the tests of the packages up to the roles that need no `node:` module,
// with the contract of the store. `--quick` leaves the tests of most packages out.
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Outcome } from "../tests/workerd/runner.ts"
import { complaint, printed } from "./complaint.ts"
import { bundleTests, portableTests } from "./suite-bundle.ts"
import { root } from "./workspace.ts"

const PARALLEL = 2
const EXAMPLE_MILLIS = 60_000
const TESTS_MILLIS = 600_000

interface Runtime {
  readonly name: string
  readonly program: string
  readonly args: ReadonlyArray<string>
}

const RUNTIMES: ReadonlyArray<Runtime> = [
  {
    name: "deno",
    program: "elsewhere/node_modules/deno/deno",
    args: ["run", "--allow-all", "--no-remote", "--node-modules-dir=manual"]
  },
  { name: "bun", program: "elsewhere/node_modules/bun/bin/bun.exe", args: ["run", "--no-install"] }
]

// It is the client's own key: what it signs is refused by whoever verifies.
const ANY_PUBLIC_HALF = "Deno imports a private key without a look at its public half"

/** Tests that come out differently on a runtime, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "deno packages/dpop/test/sign-proof.test.ts: a key that is none > is a failure with its algorithm, and nothing of the key":
    ANY_PUBLIC_HALF,
  "deno packages/client-flow/test/private-key-jwt.test.ts: private_key_jwt > is a failure with a key that the platform refuses, and nothing is sent":
    ANY_PUBLIC_HALF,
  "bun packages/uri/test/secure-url.test.ts: a secure URL > takes time linear in the length":
    "Bun reads 20000 characters in microseconds, against which the time for more says nothing; from 80000 on it is linear"
}

const quick = process.argv.includes("--quick")
process.env["DENO_NO_UPDATE_CHECK"] = "1"

const fail = (what: string): void => {
  console.error(`FAILED  ${what}`)
  process.exitCode = 1
}

const runExamples = async ({ args, name, program }: Runtime): Promise<void> => {
  const examples = globSync("examples/*.ts", { cwd: root }).sort()
  const waiting = [...examples]
  let passed = 0
  const runWaiting = async (): Promise<void> => {
    for (let example = waiting.shift(); example !== undefined; example = waiting.shift()) {
      const said = await complaint(join(root, program), [...args, example], EXAMPLE_MILLIS)
      if (said === undefined) passed++
      else fail(`${name} ${example}\n${said}`)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, runWaiting))
  console.log(`${name}: ${passed} of ${examples.length} examples`)
}

const runTests = async ({ args, name, program }: Runtime, script: string): Promise<void> => {
  const output = await printed(join(root, program), [...args, script], TESTS_MILLIS)
  const { failed, passed }: Outcome = JSON.parse(output.trimEnd().split("\n").at(-1) ?? "")
  for (const { name: test, reason } of failed) {
    const why = DIFFERENT[`${name} ${test}`]
    if (why === undefined) fail(`${name} ${test}\n        ${reason}`)
    else console.log(`  differs  ${name} ${test}: ${why}`)
  }
  if (passed === 0) fail(`${name}: no test passed`)
  console.log(`${name}: ${passed} tests passed, ${failed.length} did not`)
}

const { portable } = await portableTests(
  ({ layer = 0, short }) => layer <= 4 && (!quick || short === "bytes" || short === "pkce")
)
// These import of `node:` what both runtimes have.
const files = [
  ...portable,
  "packages/as-store-sql/test/contract.test.ts",
  "packages/bytes/test/synchronous-crypto.test.ts"
]
const folder = mkdtempSync(join(tmpdir(), "postern-elsewhere-"))
try {
  const script = join(folder, "tests.mjs")
  const main = "console.log(JSON.stringify(await runAll(files)))\nglobalThis.process.exit(0)"
  writeFileSync(script, await bundleTests({ files, main, conditions: ["node"] }))
  for (const runtime of RUNTIMES) await runExamples(runtime)
  await Promise.all(RUNTIMES.map((runtime) => runTests(runtime, script)))
} finally {
  rmSync(folder, { recursive: true })
}
