import { defineConfig } from "vitest/config"

// Packages are read from their sources, so nothing has to be built first.
const conditions = ["@postern/source", "module", "node", "development|production"]

// A file to write a JSON report to, beside what is printed.
const report = process.env["POSTERN_TEST_REPORT"]

// Some load servers of others, which put classes of their own in the place of the global `Request` and `Response`; the others
// share tokens that end five minutes after the file began.
const ALONE = [
  "packages/{mcp-sdk,resource-server}/test/**/*.test.ts",
  "packages/node/test/{express,fastify}*.test.ts",
  "tests/{guard-adapters,programs,regular-expressions,sdk,tokens}*.test.ts"
]
const NEVER = ["**/node_modules/**", "**/dist/**"]

/** Files that share their workers load what they import once; the others get a worker each. */
const project = (
  name: string,
  isolate: boolean,
  files: { readonly include: string[]; readonly exclude: string[] }
) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, isolate, testTimeout: 60_000, hookTimeout: 60_000, ...files }
})

export default defineConfig({
  test: {
    globalSetup: ["packages/as-store-sql/test/postgres-setup.ts"],
    // One more than the cores of a small machine: some tests wait for processes, and for time.
    maxWorkers: 3,
    projects: [
      project("shared", false, {
        include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "tests/**/*.test.ts"],
        exclude: [...NEVER, ...ALONE]
      }),
      project("alone", true, { include: ALONE, exclude: NEVER })
    ],
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]]
  }
})
