// Holds the store of examples/authorization-server-workers against the contract of a store, in workerd.
import { join } from "node:path"
import { build } from "esbuild"
import { Miniflare } from "miniflare"
import type { Judged } from "../tests/workerd/durable-store.ts"
import { root } from "./workspace.ts"

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["tests/workerd/durable-store.ts"],
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2024",
  conditions: ["@postern/source", "workerd", "worker"],
  // The contract is for vitest, too.
  alias: { vitest: join(root, "tests/workerd/runner.ts") },
  write: false,
  logLevel: "error"
})
// No compatibility flags: the store and the authorization server need nothing of Node.js.
const miniflare = new Miniflare({
  modules: true,
  script: outputFiles[0]?.text ?? "",
  compatibilityDate: "2026-01-01",
  durableObjects: { STORE: { className: "StoreUnderTest", useSQLite: true } },
  cf: false
})
try {
  const response = await miniflare.dispatchFetch("http://localhost/")
  const text = await response.text()
  if (response.status !== 200) throw new Error(`workerd answered ${response.status}: ${text}`)
  const judged: ReadonlyArray<Judged> = JSON.parse(text)
  const broken = judged.filter(({ violations }) => violations.length > 0)
  for (const { name, violations } of broken) console.error(`FAILED  ${name}\n        ${violations.join("\n        ")}`)
  console.log(`a store in a Durable Object: ${judged.length - broken.length} passed, ${broken.length} failed`)
  process.exitCode = broken.length === 0 && judged.length > 0 ? 0 : 1
} finally {
  await miniflare.dispose()
}
