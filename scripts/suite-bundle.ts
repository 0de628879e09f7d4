// Tests of packages in one bundle, for platforms on which vitest does not run.
import { globSync } from "node:fs"
import { join } from "node:path"
import { build, type Metafile, type Plugin } from "esbuild"
import { publicPackages, root, type WorkspacePackage } from "./workspace.ts"

const RUNNER = "tests/workerd/runner.ts"

// What an import of a test file becomes: vitest is the runner, and Node.js stays outside.
const replaceRunner: Plugin = {
  name: "runner",
  setup: (build) => {
    build.onResolve({ filter: /^vitest$/ }, () => ({ path: join(root, RUNNER) }))
    build.onResolve({ filter: /^node:|^@effect\/vitest$/ }, ({ path }) => ({ path, external: true }))
  }
}

const makeBundle = (options: {
  readonly from: { readonly entryPoints: ReadonlyArray<string> } | { readonly source: string }
  readonly conditions: ReadonlyArray<string>
}) =>
  build({
    absWorkingDir: root,
    ...("source" in options.from
      ? { stdin: { contents: options.from.source, resolveDir: root } }
      : { entryPoints: [...options.from.entryPoints], outdir: "unwritten" }),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["@postern/source", ...options.conditions],
    plugins: [replaceRunner],
    metafile: true,
    write: false,
    logLevel: "error"
  })

/** Whether a file, or what it imports, needs something that another platform does not have. */
const needsNode = (file: string, { inputs }: Metafile, seen = new Set<string>()): boolean => {
  if (seen.has(file)) return false
  seen.add(file)
  return (inputs[file]?.imports ?? []).some(
    ({ external, path }) => external === true || needsNode(path, { inputs, outputs: {} }, seen)
  )
}

/** The tests of some packages whose imports need no `node:` module, and the others. */
export const portableTests = async (
  isWanted: (workspacePackage: WorkspacePackage) => boolean
): Promise<{ readonly portable: ReadonlyArray<string>; readonly others: ReadonlyArray<string> }> => {
  const files = publicPackages()
    .filter(isWanted)
    .flatMap(({ folder }) => globSync(`${folder}/test/**/*.test.ts`, { cwd: root }))
    .toSorted()
  const { metafile } = await makeBundle({ from: { entryPoints: files }, conditions: [] })
  return {
    portable: files.filter((file) => !needsNode(file, metafile)),
    others: files.filter((file) => needsNode(file, metafile))
  }
}

/** One script that holds these test files; what `main` makes of `runAll(files)`. */
export const bundleTests = async (options: {
  readonly files: ReadonlyArray<string>
  readonly main: string
  readonly conditions: ReadonlyArray<string>
}): Promise<string> => {
  const source = `import { runAll } from "./${RUNNER}"
const files = {
${options.files.map((file) => `  ${JSON.stringify(file)}: () => import("./${file}")`).join(",\n")}
}
${options.main}`
  const { outputFiles } = await makeBundle({ from: { source }, conditions: options.conditions })
  return outputFiles?.[0]?.text ?? ""
}
