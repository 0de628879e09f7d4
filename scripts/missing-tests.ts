import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./workspace.ts"

const NAMED = /\*\*Test\*\* `([^`]+)`: "([^"]+)"/g

const has = (file: string, title: string): boolean => {
  const text = readFileSync(join(root, file), "utf8")
  const at = text.indexOf(`"${title}"`)
  // A title, and not a text that reads the same.
  return at !== -1 && /\b(?:it|test)(?:\.\w+)?\((?:[^()]*\)\()?\s*$/.test(text.slice(0, at))
}

/** The tests and sources that a page of the documentation names and that are not there, one sentence each. */
export const missingTests = (page: string): ReadonlyArray<string> => {
  const text = readFileSync(join(root, page), "utf8")
  const lineAt = (index: number) => text.slice(0, index).split("\n").length
  const named = [...text.matchAll(NAMED)]
  const tests = named.flatMap(({ 1: file = "", 2: title = "", index }) => {
    if (existsSync(join(root, file)) && has(file, title)) return []
    return [`${page}:${lineAt(index)} names a test that is not in ${file}: ${title}`]
  })
  const sources = [...text.matchAll(/`((?:packages|apps|tests)\/[^`]+\.ts)`/g)].flatMap(({ 1: file = "", index }) =>
    existsSync(join(root, file)) ? [] : [`${page}:${lineAt(index)} names ${file}, which is not there`]
  )
  // Each test stands behind the word; one that is written in another way would not be looked for.
  const words = text.match(/\*\*Test\*\*/g)?.length ?? 0
  const unread = words === named.length ? [] : [`${page} names ${words} tests, of which ${named.length} can be read`]
  return [...tests, ...sources, ...unread]
}
