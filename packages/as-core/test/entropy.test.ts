import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const sources = globSync("src/**/*.ts", { cwd: root }).map(
  (file) => [file, readFileSync(join(root, file), "utf8")] as const
)

describe("identifiers, codes, tokens and secrets", () => {
  it("[TIM-05] come from the platform's cryptographic source, and from no clock", () => {
    expect(sources.length).toBeGreaterThan(50)
    const weak = /Math\.random|Date\.now|performance\.now|randomUUID|new Date\(\)/
    expect(sources.filter(([, text]) => weak.test(text)).map(([file]) => file)).toEqual([])
  })
})
