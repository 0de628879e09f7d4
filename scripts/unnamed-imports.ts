import { isBuiltin } from "node:module"

const BLOCK = /^( *)```(\w*)\n([\s\S]*?)^\1```/gm
const IMPORTS = [
  /^\s*import\s+(?:[^"';]*?\bfrom\s*)?["']([^"']+)["']/gm,
  /^\s*export\s+(?:type\s+)?[*{][^"';]*?\bfrom\s*["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']/g
]
const INSTALL = /^\s*(?:npm (?:install|i|add)|pnpm add)\s+([^#\n]+)/gm

/** `@postern/node/guard` is in `@postern/node`, `effect/Effect` in `effect`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const firstGroups = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  [...text.matchAll(pattern)].flatMap(([, group]) => group ?? [])

/** What a text of TypeScript imports, as it is written there. */
export const importsOf = (text: string): ReadonlyArray<string> =>
  IMPORTS.flatMap((pattern) => firstGroups(text, pattern))

/**
 * The packages that the TypeScript of a page, or of the files that it needs besides, imports and that no install line of the
 * page names: pnpm lets nobody import what is only a dependency of a dependency.
 */
export const unnamedImports = (page: string, besides: ReadonlyArray<string>): ReadonlyArray<string> => {
  const blocks = [...page.matchAll(BLOCK)].map(([, , language = "", text = ""]) => ({ language, text }))
  const installed = new Set(
    blocks
      .filter(({ language }) => language !== "ts")
      .flatMap(({ text }) => firstGroups(text, INSTALL))
      .flatMap((names) => names.trim().split(/\s+/))
      .map((name) => name.replace(/(?<=.)@.*$/, ""))
  )
  const code = [...blocks.filter(({ language }) => language === "ts").map(({ text }) => text), ...besides]
  const imported = code
    .flatMap(importsOf)
    .filter((specifier) => !specifier.startsWith(".") && !isBuiltin(specifier))
    .map(packageOf)
  return [...new Set(imported)].filter((name) => !installed.has(name)).sort()
}
