// Makes one file of a program, with all that it needs but Node.js: `node scripts/build-program.ts`, in the folder of an app, for each
// `bin` of its `package.json`.
import { readFileSync, statSync } from "node:fs"
import { isBuiltin } from "node:module"
import { join, parse, relative } from "node:path"
import { build, type Plugin } from "esbuild"
import { root } from "./workspace.ts"

/** What `engines` of the workspace asks for: `22.19`. */
const minimumNode = (): string => {
  const { engines }: { readonly engines: { readonly node: string } } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8")
  )
  const [, minimum] = /^>=(\d+\.\d+)\.0$/.exec(engines.node) ?? []
  if (minimum === undefined) throw new Error(`engines.node of package.json is ${engines.node}, and not >=X.Y.0`)
  return minimum
}

/**
 * What a program does first. Imports would come before it: a module that an older Node.js lacks would end the program with a
 * page of its own source.
 */
const preamble = (program: string): string => {
  const minimum = minimumNode()
  const [major, minor] = minimum.split(".")
  return [
    `{ const [major, minor] = process.version.slice(1).split(".").map(Number);`,
    `if (major < ${major} || (major === ${major} && minor < ${minor})) {`,
    `console.error("${program} needs Node.js ${minimum} or newer; this is " + process.version.slice(1));`,
    `process.exit(2); } }`,
    // Dependencies in CommonJS ask for Node.js's modules by it.
    `const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);`
  ].join("\n")
}

/** Node.js's modules are asked for where a module begins, and not by imports of the file. */
const builtinsWithoutImports: Plugin = {
  name: "builtins-without-imports",
  setup: (steps) => {
    steps.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === "import-statement" && isBuiltin(path) ? { path, namespace: "builtin" } : undefined
    )
    steps.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`
    }))
  }
}

/** Writes the program that begins in a source file into one file. */
export const buildProgram = async (source: string, outfile: string): Promise<void> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile,
    bundle: true,
    // Names stay, so that stack traces and defects name things as the sources do.
    minifySyntax: true,
    minifyWhitespace: true,
    format: "esm",
    platform: "node",
    // An older one than it runs on: it has to be understood as far as its first line.
    target: "node20",
    conditions: ["@postern/source"],
    // An addition to the PostgreSQL driver that nobody has to have.
    external: ["pg-native"],
    plugins: [builtinsWithoutImports],
    banner: { js: preamble(parse(outfile).name) },
    metafile: true,
    logLevel: "warning"
  })
  const imported = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind }) => kind === "import-statement")
  if (imported.length > 0) {
    throw new Error(`${source} would import before it checks Node.js: ${imported.map(({ path }) => path).join(", ")}`)
  }
}

if (import.meta.main) {
  const folder = process.cwd()
  const manifest: { readonly bin?: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8")
  )
  for (const file of Object.values(manifest.bin ?? {})) {
    const outfile = join(folder, file)
    await buildProgram(join(folder, "src/main.ts"), outfile)
    console.log(`${relative(root, outfile)}  ${Math.round(statSync(outfile).size / 1000)} kB`)
  }
}
