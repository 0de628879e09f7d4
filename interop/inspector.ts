// The MCP Inspector's command line against the two apps: registration, login in a browser, refresh, and a stored login that is old.
import { cp, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runProgram } from "./program.ts"
import { type Judge, line, type Line } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

const INSPECTOR = join(
  import.meta.dirname,
  "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
)
const CALLBACK = "http://127.0.0.1:38917/callback"

const play = async (
  { person, watch, world }: Stage,
  folder: string,
  options: ReadonlyArray<string>
): Promise<ReadonlyArray<Line>> => {
  const storage = join(folder, "storage")
  const use = async (...more: ReadonlyArray<string>): Promise<string> => {
    const { code, stdout } = await runProgram(
      [
        INSPECTOR,
        ...["--cli", world.notes, "--transport", "http", "--method", "tools/call", "--tool-name", "read_notes"],
        ...["--format", "json", "--callback-url", CALLBACK],
        ...options,
        ...more
      ],
      {
        environment: {
          ...person.environment,
          HOME: folder,
          MCP_STORAGE_DIR: storage,
          MCP_INSPECTOR_SECRET_STORE: "file",
          MCP_AUTO_OPEN_ENABLED: "true"
        }
      }
    )
    const said = code === 0 && stdout.includes("no notes") ? "no notes" : `exit ${code}`
    return [said, watch.take()].filter((part) => part !== "").join(", ")
  }
  const registered = options.length === 0 ? "register 201, " : ""
  const lines = [line("logs in", `no notes, ${registered}authorization_code 200`, await use())]
  if (lines.some(({ outcome }) => outcome === "failed")) return lines
  await cp(storage, join(folder, "first"), { recursive: true })
  watch.expire()
  lines.push(line("refreshes", "no notes, refresh_token 200", await use()))
  watch.expire()
  lines.push(line("refreshes again", "no notes, refresh_token 200", await use()))
  await cp(storage, join(folder, "newest"), { recursive: true })
  for (const [name, stored] of [
    ["an old refresh token", "first"],
    ["the newest one after that", "newest"]
  ] as const) {
    watch.expire()
    await rm(storage, { recursive: true })
    await cp(join(folder, stored), storage, { recursive: true })
    // Exit 3 is its "auth_required".
    lines.push(line(name, "exit 3, refresh_token 400 invalid_grant", await use("--stored-auth-only")))
  }
  return lines
}

export const inspector: Judge = {
  package: "@modelcontextprotocol/inspector",
  skips: {},
  run: async ({ quick }) => {
    const stage = await startStage()
    const folder = await mkdtemp(join(tmpdir(), "postern-interop-"))
    try {
      const dynamic = await play(stage, join(folder, "dynamic"), [])
      if (quick) return [{ judge: "dynamic registration", lines: dynamic }]
      const document = ["--client-metadata-url", stage.world.clientDocument]
      return [
        { judge: "dynamic registration", lines: dynamic },
        { judge: "metadata document", lines: await play(stage, join(folder, "document"), document) }
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
      await stage.close()
    }
  }
}
