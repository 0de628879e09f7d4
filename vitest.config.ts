import { defineConfig } from "vitest/config"

// One project for the whole workspace: packages are read from their sources, so nothing has to be built first.
const conditions = ["@postern/source", "module", "node", "development|production"]

// A file to write a JSON report to, beside what is printed.
const report = process.env["POSTERN_TEST_REPORT"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    globalSetup: ["packages/as-store-sql/test/postgres-setup.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]]
  }
})
