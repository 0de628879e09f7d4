// The rules of the layers: what a package may depend on, what its sources may import, and no cycle anywhere.
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root, sourceFiles, type WorkspacePackage, workspacePackages } from "./workspace.ts"

const packages = workspacePackages()
const byName = new Map(packages.map((each) => [each.manifest.name, each]))
const violations: Array<string> = []
const report = (where: string, what: string) => violations.push(`${where}: ${what}`)

const TOP_LAYER = 7
/** Files that run on Node.js alone, below layer 5, and what they import inside their package. */
const NODE_ENTRIES: ReadonlySet<string> = new Set([
  "packages/safe-fetch/src/node.ts",
  "packages/safe-fetch/src/platform-node.ts"
])

/** The contract that a store must pass is a test suite, an entry point of its own. */
const EXCEPTIONS: Readonly<Record<string, string>> = { "packages/as-core": "vitest" }

/** Whether the sources of a package may use a library: Effect alone, from layer 3 on jose, from layer 5 on what is adapted. */
const mayUse = ({ folder, layer = 0 }: WorkspacePackage, library: string): boolean => {
  if (layer > 4 || library === "effect" || EXCEPTIONS[folder] === library) return true
  return library === "jose" && layer >= 3
}

interface Import {
  readonly file: string
  readonly specifier: string
}

/** Static and dynamic imports of a file. The formatter puts every import at the start of a line. */
const importsOf = (file: string): ReadonlyArray<Import> => {
  const text = readFileSync(join(root, file), "utf8")
  const statements = text.matchAll(/^(?:import|export)\b(?:[^"'`;]*?\bfrom)?\s*"([^"]+)"/gm)
  const calls = text.matchAll(/^(?!\s*(?:\*|\/\/)).*\bimport\(\s*"([^"]+)"/gm)
  return [...statements, ...calls].flatMap(([, specifier]) => (specifier === undefined ? [] : [{ file, specifier }]))
}

/** `@scope/name/sub` and `name/sub` to the name of the package. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const resolveRelative = (file: string, specifier: string): string => join(dirname(file), specifier)

/** Every file that `start` reaches by relative imports, itself included. */
const reachable = (start: string, graph: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlySet<string> => {
  const seen = new Set<string>()
  const waiting = [start]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    waiting.push(...(graph.get(file) ?? []))
  }
  return seen
}

/** The cycles of a graph, each once, as paths that return to their start. */
const cyclesOf = (graph: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<string> => {
  const done = new Set<string>()
  const cycles: Array<string> = []
  const visit = (node: string, path: ReadonlyArray<string>): void => {
    const at = path.indexOf(node)
    if (at >= 0) {
      cycles.push([...path.slice(at), node].join(" -> "))
      return
    }
    if (done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return cycles
}

const checkManifest = (workspacePackage: WorkspacePackage): void => {
  const { folder, manifest, layer } = workspacePackage
  if (layer === undefined || !Number.isInteger(layer) || layer < 0 || layer > TOP_LAYER) {
    report(folder, `package.json needs "postern": { "layer": 0 to ${TOP_LAYER} }`)
    return
  }
  const { dependencies, peerDependencies, devDependencies } = manifest
  for (const [field, entries] of Object.entries({ dependencies, peerDependencies, devDependencies })) {
    for (const name of Object.keys(entries ?? {})) {
      if (!name.startsWith("@postern/")) {
        const forbidden = field !== "devDependencies" && !mayUse(workspacePackage, name)
        if (forbidden) report(folder, `layer ${layer} may not use ${name} (${field})`)
        continue
      }
      const other = byName.get(name)?.layer
      if (other === undefined) report(folder, `${field} names ${name}, which has no layer`)
      else if (other >= layer && !(other === TOP_LAYER && layer === TOP_LAYER)) {
        report(folder, `layer ${layer} may not depend on ${name} of layer ${other} (${field})`)
      }
    }
  }
}

const checkImport = (
  { manifest, layer = 0, folder }: WorkspacePackage,
  { file, specifier }: Import,
  mayUseNode: boolean
): void => {
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  if (specifier.startsWith("node:")) {
    if (layer <= 4 && !mayUseNode) report(file, `layer ${layer} may not import ${specifier}`)
    return
  }
  const name = packageOf(specifier)
  if (name === manifest.name) report(file, `imports its own package by name (${specifier}): use a relative path`)
  else if (!(name in declared)) report(file, `imports ${specifier}, which ${folder}/package.json does not declare`)
  if (layer <= 4 && name === "effect" && !/^effect\/[A-Z]\w*$/.test(specifier)) {
    report(file, `imports ${specifier}: only stable modules by subpath ("effect/Effect") below layer 5`)
  }
}

const checkSources = (workspacePackage: WorkspacePackage): void => {
  const files = sourceFiles(workspacePackage, "src")
  const imports = files.flatMap(importsOf)
  const graph = new Map(
    files.map((file) => [
      file,
      imports
        .filter((each) => each.file === file && each.specifier.startsWith("."))
        .map(({ specifier }) => resolveRelative(file, specifier))
    ])
  )
  for (const cycle of cyclesOf(graph)) report(workspacePackage.folder, `import cycle ${cycle}`)

  const elsewhere = new Set(
    files
      .filter((file) => file.endsWith("/index.ts") || file.endsWith("/promise.ts"))
      .flatMap((file) => [...reachable(file, graph)])
  )
  const nodeFiles = new Set(
    [...NODE_ENTRIES].filter((file) => files.includes(file)).flatMap((file) => [...reachable(file, graph)])
  )
  for (const each of imports) {
    if (each.specifier.startsWith(".")) {
      const target = resolveRelative(each.file, each.specifier)
      if (!target.startsWith(`${workspacePackage.folder}/src/`) && !target.endsWith(".json")) {
        report(each.file, `imports ${each.specifier}, outside its own src`)
      }
    } else checkImport(workspacePackage, each, nodeFiles.has(each.file) && !elsewhere.has(each.file))
  }
}

for (const each of packages) {
  checkManifest(each)
  checkSources(each)
}
const dependencyGraph = new Map(
  packages.map(({ manifest: { name, dependencies, peerDependencies, devDependencies } }) => [
    name,
    Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies }).filter((other) => byName.has(other))
  ])
)
for (const cycle of cyclesOf(dependencyGraph)) report("workspace", `dependency cycle ${cycle}`)

for (const violation of violations) console.error(violation)
console.log(`${packages.length} packages, ${violations.length} violations`)
process.exitCode = violations.length > 0 ? 1 : 0
