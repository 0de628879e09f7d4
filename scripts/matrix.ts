// Runs the tests of the packages up to `resource-server` on the other supported versions of Node.js; the npm package `node` brings each.
import { spawnSync } from "node:child_process"
import { publicPackages, root } from "./workspace.ts"

const VERSIONS = ["22", "26"]
const folders = publicPackages().flatMap(({ folder, layer = 0, manifest }) =>
  layer <= 3 || manifest.name === "@postern/resource-server" ? [`${folder}/`] : []
)

for (const version of VERSIONS) {
  console.log(`node ${version}`)
  const args = ["-y", `node@${version}`, "node_modules/vitest/vitest.mjs", "run", ...folders]
  const { status } = spawnSync("npx", args, { cwd: root, stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}
