import { existsSync, globSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The root of the repository. */
export const root = join(import.meta.dirname, "..")

/** What the scripts read of a `package.json`. */
export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly postern?: { readonly layer?: number }
}

/** One package of the workspace; `folder` is relative to the root, `short` its last part. */
export interface WorkspacePackage {
  readonly folder: string
  readonly short: string
  readonly manifest: Manifest
  readonly layer: number | undefined
}

/** Every package of the workspace, the lowest layer first. */
export const workspacePackages = (): ReadonlyArray<WorkspacePackage> => {
  const nested = ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((short) => ({ folder: `${parent}/${short}`, short }))
  )
  const single = ["examples", "tests", "docs"].map((short) => ({ folder: short, short }))
  return [...nested, ...single]
    .filter(({ folder }) => existsSync(join(root, folder, "package.json")))
    .map(({ folder, short }) => {
      const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
      return { folder, short, manifest, layer: manifest.postern?.layer }
    })
    .sort((a, b) => (a.layer ?? 0) - (b.layer ?? 0) || (a.folder < b.folder ? -1 : 1))
}

/** The packages that are published. */
export const publicPackages = (): ReadonlyArray<WorkspacePackage> =>
  workspacePackages().filter(({ manifest }) => manifest.private !== true)

/** A package's public entry points: the export's name (`"."`, `"./promise"`) and its source file. */
export const entryPoints = (
  workspacePackage: WorkspacePackage
): ReadonlyArray<{ readonly name: string; readonly source: string }> =>
  Object.entries(workspacePackage.manifest.exports ?? {}).flatMap(([name, target]) => {
    const source = typeof target === "string" ? undefined : target["@postern/source"]
    return source === undefined ? [] : [{ name, source: join(workspacePackage.folder, source) }]
  })

/** The TypeScript files below a folder of a package, relative to the root, in a stable order. */
export const sourceFiles = (workspacePackage: WorkspacePackage, below: string): ReadonlyArray<string> =>
  globSync(`${workspacePackage.folder}/${below}/**/*.ts`, { cwd: root }).sort()
