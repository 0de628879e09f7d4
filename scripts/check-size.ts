// What each entry point of layers 0 to 3, the guard and the client weigh in a bundle for a browser or an edge runtime, Effect included:
// esbuild, minified, gzip. All that an entry point exports, or what `TAKEN` names of it.
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { entryPoints, root, workspacePackages } from "./workspace.ts"

/** Bytes, about a tenth above what was measured. An entry point without a row is an error. */
const BUDGETS: Readonly<Record<string, number>> = {
  // Two kilobytes are the platform's synchronous functions, which answer in Node and cost a browser nothing but their look-up.
  "@postern/bytes": 13_200,
  "@postern/rejection": 5600,
  "@postern/rejection/promise": 11_000,
  "@postern/rejection/traced": 14_700,
  "@postern/challenge-parser": 8500,
  "@postern/pkce": 12_000,
  "@postern/pkce/promise": 12_500,
  "@postern/scope": 9700,
  "@postern/uri": 8100,
  "@postern/messages": 12_300,
  "@postern/metadata": 12_500,
  "@postern/safe-fetch": 20_300,
  "@postern/safe-fetch/promise": 20_800,
  "@postern/safe-fetch/platform": 20_300,
  "@postern/dpop": 24_800,
  "@postern/dpop/promise": 25_600,
  "@postern/jwt-verify": 34_500,
  "@postern/jwt-verify/promise": 34_800,
  "@postern/jwt-verify/presets": 10_600,
  // A browser app that logs a person in: 45 kB at most. What only other clients need has entry points of its own.
  "@postern/client-flow": 45_000,
  "@postern/client-flow/promise": 45_000,
  "@postern/client-flow/client-id-metadata": 22_000,
  "@postern/client-flow/dpop": 18_000,
  "@postern/client-flow/exceptions": 1_200,
  "@postern/client-flow/machine": 45_000,
  "@postern/client-flow/machine/promise": 45_000,
  "@postern/client-flow/private-key-jwt": 17_000,
  // Aimed at 40 kB; about 17 of them are Effect. The gate of the official SDK alone, without a verifier, weighs 68.5 kB.
  "@postern/resource-server": 61_000,
  "@postern/resource-server/promise": 61_000
}

/** What an app takes of an entry point that has other things as well; the explanations for people weigh 2.6 kB. */
const TAKEN: Readonly<Record<string, string>> = { "@postern/client-flow": "{ makeClient, memoryStore }" }

/** What of layer 4 runs in browsers and at the edge. */
const ROLES: ReadonlySet<string> = new Set(["@postern/client-flow", "@postern/resource-server"])

/** Entry points that no browser bundles. */
const NOT_FOR_BROWSERS: ReadonlySet<string> = new Set(["@postern/safe-fetch/node"])

const measure = async (
  source: string,
  taken: string
): Promise<{ readonly bytes: number; readonly inputs: ReadonlyArray<string> }> => {
  const result = await build({
    absWorkingDir: root,
    stdin: { contents: `export ${taken} from "./${source}"`, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["@postern/source"],
    write: false,
    metafile: true,
    logLevel: "silent"
  })
  const contents = result.outputFiles[0]?.contents ?? new Uint8Array()
  return { bytes: gzipSync(contents, { level: 9 }).length, inputs: Object.keys(result.metafile.inputs) }
}

const problems: Array<string> = []
for (const workspacePackage of workspacePackages()) {
  const { manifest, layer = 0 } = workspacePackage
  if (manifest.private === true || (layer > 3 && !ROLES.has(manifest.name))) continue
  for (const { name, source } of entryPoints(workspacePackage)) {
    const entry = join(manifest.name, name)
    if (NOT_FOR_BROWSERS.has(entry)) continue
    const { bytes, inputs } = await measure(source, TAKEN[entry] ?? "*")
    const budget = BUDGETS[entry]
    console.log(`layer ${layer}  ${entry.padEnd(32)} ${String(bytes).padStart(6)} of ${budget ?? "no budget"} bytes`)
    if (budget === undefined) problems.push(`${entry} has no budget: add one (${bytes} bytes now)`)
    else if (bytes > budget) problems.push(`${entry} has ${bytes} bytes, over its budget of ${budget}`)
    const heavy = inputs.filter((input) => /(?:^|\/)node_modules\/(?:zod|jose)\//.test(input))
    if (layer <= 1 && heavy.length > 0) problems.push(`${entry} of layer ${layer} pulls in ${heavy[0]}`)
  }
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
