// Makes one file of a program, with all that it needs but Node.js: `node scripts/build-program.ts`, in the folder of an app, for each
// `bin` of its `package.json`.
import { readFileSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { build } from "esbuild"
import { root } from "./workspace.ts"

/** Writes the program that begins in a source file into one file. */
export const buildProgram = async (source: string, outfile: string): Promise<void> => {
  await build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile,
    bundle: true,
    // Names stay, so that stack traces and defects name things as the sources do.
    minifySyntax: true,
    minifyWhitespace: true,
    format: "esm",
    platform: "node",
    target: "node22",
    conditions: ["@postern/source"],
    // An addition to the PostgreSQL driver that nobody has to have.
    external: ["pg-native"],
    // Dependencies in CommonJS ask for Node.js's modules by it.
    banner: {
      js: 'import { createRequire as createRequireOfFile } from "node:module"; const require = createRequireOfFile(import.meta.url);'
    },
    logLevel: "warning"
  })
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
