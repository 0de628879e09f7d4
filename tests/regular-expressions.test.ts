import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { growth } from "./growth.ts"

const root = join(import.meta.dirname, "..")

/** A regular expression as it is written in a source: after what can begin an expression, before what can follow one. */
const LITERAL =
  /(?<=[(,=:?&|!{}[;>]\s*|\breturn\s+|\n\s*)\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuyv]*(?=\s*[.,;):\]}\n]|\s*$)/g

/** Given only what a scanner has read before, in which every string ends; its own tests count what that costs. */
const SCANNED = new Set([String.raw`/"[^"\\]*(?:\\.[^"\\]*)*"(?=([ \t\n\r]*:)?)/gs`])

const found = new Set(
  globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], { cwd: root })
    .filter((file) => !file.includes("node_modules"))
    .flatMap((file) => {
      const code = readFileSync(join(root, file), "utf8").replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, "")
      return [...code.matchAll(LITERAL)].map(([literal]) => literal)
    })
)

const read = (literal: string): RegExp => {
  const end = literal.lastIndexOf("/")
  return new RegExp(literal.slice(1, end), literal.slice(end + 1))
}

const run = (expression: RegExp, text: string): unknown => {
  expression.lastIndex = 0
  return expression.global ? text.replace(expression, "") : expression.test(text)
}

/** Text that goes on for long and then does not match: every letter of the expression, alone and in pairs. */
function* attacks(expression: RegExp): Generator<(size: number) => string> {
  const letters = [
    ...new Set(["a", "0", "-", " ", "\t", ".", "/", ":", '"', "\\", "=", ",", "\u0000", ...expression.source.split("")])
  ]
  const pairs = letters.slice(0, 30).flatMap((first) => letters.slice(0, 16).map((second) => first + second))
  for (const piece of [...letters, ...pairs]) {
    for (const before of ["", '"', "a="]) {
      for (const after of ["", "\u0001", "!"]) {
        yield (size) => before + piece.repeat(Math.ceil(size / piece.length)) + after
      }
    }
  }
}

it("[DOS-02] no regular expression in a source costs more than its input is long", { timeout: 300_000 }, async () => {
  expect(found.size).toBeGreaterThan(100)
  const slow: Array<string> = []
  for (const literal of found) {
    if (SCANNED.has(literal)) continue
    const expression = read(literal)
    for (const make of attacks(expression)) {
      const text = make(4000)
      const before = process.cpuUsage()
      run(expression, text)
      const { user } = process.cpuUsage(before)
      // Linear takes some microseconds: what took longer was unlucky, or is looked at again.
      if (user < 2000) continue
      if ((await growth(250, make, (input) => run(expression, input), 64)) < 12) continue
      slow.push(literal)
      break
    }
  }
  expect(slow).toEqual([])
})
