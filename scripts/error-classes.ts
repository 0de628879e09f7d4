import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { entryPoints, root, sourceFiles, type WorkspacePackage } from "./workspace.ts"

/** A rejection or failure that a package exports: kind and clause from its prototype, the rest from its source. */
export interface ErrorClass {
  readonly name: string
  readonly kind: "rejection" | "failure"
  readonly spec: string
  readonly meaning: string
  /** Its fields and, where a field's type is a union of literals, their values. */
  readonly fields: ReadonlyMap<string, ReadonlyArray<string>>
}

interface Description {
  readonly meaning: string
  readonly fields: ReadonlyMap<string, ReadonlyArray<string>>
}

const NOTHING: Description = { meaning: "", fields: new Map() }

const CLASS =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?export class (\w+)\s+extends (?:\/\*#__PURE__\*\/ )?\w+\(\s*"[^"]*"(?:,[^)]*)?\)(?:<\{((?:[^{}]|\{[^{}]*\})*)\}>)?/g

const literals = (type: string, source: string): ReadonlyArray<string> => {
  const alias = /^\s*([A-Z]\w*)\s*$/.exec(type)?.[1]
  const union =
    alias === undefined ? type : (new RegExp(`type ${alias} =([^;{]*?)(?:\\n\\n|$)`).exec(source)?.[1] ?? "")
  return Array.from(union.matchAll(/"([^"]+)"/g), ([, literal = ""]) => literal)
}

/** The docstring and the fields of each class in a package's sources. */
const describe = (workspacePackage: WorkspacePackage): ReadonlyMap<string, Description> => {
  const source = sourceFiles(workspacePackage, "src")
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n\n")
  return new Map(
    Array.from(source.matchAll(CLASS), ([, docs = "", name = "", body = ""]) => {
      const meaning = docs
        .replace(/^\s*\* ?/gm, "")
        .replace(/\s+/g, " ")
        .trim()
      const flat = body.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\{[^{}]*\}/g, "")
      const fields = Array.from(
        flat.matchAll(/readonly (\w+)\??:((?:(?!readonly)[\s\S])*)/g),
        ([, field = "", type = ""]) => [field, literals(type, source)] as const
      )
      return [name, { meaning, fields: new Map(fields) }]
    })
  )
}

/** The error classes that a package exports and that are its own, by name. `seen` has those of the layers below. */
export const errorClasses = async (
  workspacePackage: WorkspacePackage,
  seen: Set<unknown>
): Promise<ReadonlyArray<ErrorClass>> => {
  const descriptions = describe(workspacePackage)
  const found: Array<ErrorClass> = []
  for (const { source } of entryPoints(workspacePackage)) {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(join(root, source)).href)
    for (const [name, value] of Object.entries(module)) {
      if (typeof value !== "function" || seen.has(value)) continue
      const prototype: unknown = value.prototype
      if (typeof prototype !== "object" || prototype === null || !("kind" in prototype)) continue
      const { kind } = prototype
      if (kind !== "rejection" && kind !== "failure") continue
      seen.add(value)
      const spec = "spec" in prototype ? String(prototype.spec) : ""
      found.push({ name, kind, spec, ...(descriptions.get(name) ?? NOTHING) })
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}
