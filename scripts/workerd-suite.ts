// Runs the tests of the packages up to `resource-server` in workerd: all files whose imports need no `node:` module.
import { Miniflare } from "miniflare"
import type { Outcome } from "../tests/workerd/runner.ts"
import { bundleTests, portableTests } from "./suite-bundle.ts"

/** Tests that come out differently because workerd is another platform, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "packages/messages/test/parameters.test.ts: parseParameters > never throws, and finds what the platform finds":
    "`URLSearchParams` of workerd reads a broken UTF-8 sequence otherwise than the URL standard says",
  "packages/resource-server/test/outgoing-response.test.ts: a list in a JSON answer > that is compressed, or of a type that is not read, is answered 500 without it":
    "a stream of workerd that is closed already is not told that it is cancelled",
  "packages/dpop/test/key.test.ts: the key of a proof > is an RSA key of 2048 to 4096 bits":
    "workerd makes no RSA keys of the odd lengths that the test wants to see refused"
}

const { portable, others } = await portableTests(
  ({ layer = 0, manifest }) => layer <= 3 || manifest.name === "@postern/resource-server"
)
const script = await bundleTests({
  files: portable,
  main: "export default { fetch: async () => Response.json(await runAll(files)) }",
  conditions: ["workerd", "worker"]
})
const miniflare = new Miniflare({ modules: true, script, compatibilityDate: "2026-01-01", cf: false })
try {
  const response = await miniflare.dispatchFetch("http://localhost/")
  const text = await response.text()
  if (response.status !== 200) throw new Error(`workerd answered ${response.status}: ${text}`)
  const { failed, needNode, passed }: Outcome = JSON.parse(text)
  const unexplained = failed.filter(({ name }) => DIFFERENT[name] === undefined)
  for (const { name, reason } of unexplained) console.error(`FAILED  ${name}\n        ${reason}`)
  for (const { name } of failed)
    if (DIFFERENT[name] !== undefined) console.log(`  differs  ${name}: ${DIFFERENT[name]}`)
  for (const name of needNode) console.log(`  not run  ${name}`)
  console.log(`workerd: ${portable.length} of ${portable.length + others.length} files, the others need Node.js`)
  for (const file of others) console.log(`  not run  ${file}`)
  console.log(`${passed} passed, ${unexplained.length} failed`)
  process.exitCode = unexplained.length === 0 && passed > 0 ? 0 : 1
} finally {
  await miniflare.dispose()
}
