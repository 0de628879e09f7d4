// Runs the tests of the packages up to `resource-server` in workerd: all files whose imports need no `node:` module.
import { globSync } from "node:fs"
import { join } from "node:path"
import { build, type Metafile, type Plugin } from "esbuild"
import { Miniflare } from "miniflare"
import type { Outcome } from "../tests/workerd/runner.ts"
import { publicPackages, root } from "./workspace.ts"

const RUNNER = "tests/workerd/runner.ts"

/** Tests that come out differently because workerd is another platform, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "packages/messages/test/parameters.test.ts: parseParameters > never throws, and finds what the platform finds":
    "`URLSearchParams` of workerd reads a broken UTF-8 sequence otherwise than the URL standard says",
  "packages/resource-server/test/outgoing-response.test.ts: a list in a JSON answer > that is compressed, or of a type that is not read, is answered 500 without it":
    "a stream of workerd that is closed already is not told that it is cancelled",
  "packages/dpop/test/key.test.ts: the key of a proof > is an RSA key of 2048 to 4096 bits":
    "workerd makes no RSA keys of the odd lengths that the test wants to see refused"
}

// What an import of a test file becomes: vitest is the runner, and Node.js stays outside.
const replaceRunner: Plugin = {
  name: "runner",
  setup: (build) => {
    build.onResolve({ filter: /^vitest$/ }, () => ({ path: join(root, RUNNER) }))
    build.onResolve({ filter: /^node:|^@effect\/vitest$/ }, ({ path }) => ({ path, external: true }))
  }
}

const makeBundle = (options: { readonly entryPoints: ReadonlyArray<string> } | { readonly source: string }) =>
  build({
    absWorkingDir: root,
    ...("source" in options
      ? { stdin: { contents: options.source, resolveDir: root } }
      : { entryPoints: [...options.entryPoints], outdir: "unwritten" }),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["@postern/source", "workerd", "worker"],
    plugins: [replaceRunner],
    metafile: true,
    write: false,
    logLevel: "error"
  })

/** Whether a file, or what it imports, needs something that workerd does not have. */
const needsNode = (file: string, { inputs }: Metafile, seen = new Set<string>()): boolean => {
  if (seen.has(file)) return false
  seen.add(file)
  return (inputs[file]?.imports ?? []).some(
    ({ external, path }) => external === true || needsNode(path, { inputs, outputs: {} }, seen)
  )
}

const folders = publicPackages().flatMap(({ folder, layer = 0, manifest }) =>
  layer <= 3 || manifest.name === "@postern/resource-server" ? [folder] : []
)
const files = folders.flatMap((folder) => globSync(`${folder}/test/**/*.test.ts`, { cwd: root })).toSorted()
const { metafile } = await makeBundle({ entryPoints: files })
const ran = files.filter((file) => !needsNode(file, metafile))

const source = `import { runAll } from "./${RUNNER}"
const files = {
${ran.map((file) => `  ${JSON.stringify(file)}: () => import("./${file}")`).join(",\n")}
}
export default { fetch: async () => Response.json(await runAll(files)) }`
const { outputFiles } = await makeBundle({ source })
const miniflare = new Miniflare({
  modules: true,
  script: outputFiles?.[0]?.text ?? "",
  compatibilityDate: "2026-01-01",
  cf: false
})
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
  console.log(`workerd: ${ran.length} of ${files.length} files, the others need Node.js`)
  for (const file of files.filter((file) => !ran.includes(file))) console.log(`  not run  ${file}`)
  console.log(`${passed} passed, ${unexplained.length} failed`)
  process.exitCode = unexplained.length === 0 && passed > 0 ? 0 : 1
} finally {
  await miniflare.dispose()
}
