// mcp-remote between an MCP client that knows no OAuth and the two apps: registration, login in a browser, refresh, and a stored
// login that is old.
import { cp, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { freePort } from "../apps/demo/src/index.ts"
import { adopt } from "./program.ts"
import { type Judge, line, type Line } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

const PROXY = join(import.meta.dirname, "node_modules/mcp-remote/dist/proxy.js")

/** The proxy as a child process that ends with this one. */
class ProxyTransport extends StdioClientTransport {
  #child: ReturnType<typeof adopt> | undefined

  override async start(): Promise<void> {
    await super.start()
    if (this.pid !== null) this.#child = adopt(this.pid)
  }

  /** A proxy that is still there would go on with what it stored. */
  async end(): Promise<void> {
    await this.#child?.end()
  }
}

const play = async (
  { person, watch, world }: Stage,
  folder: string,
  options: ReadonlyArray<string>
): Promise<ReadonlyArray<Line>> => {
  const storage = join(folder, "storage")
  const port = String(await freePort())
  /**
   * Starts a proxy, which logs in or uses what is stored, and calls a tool as often as told, each time after all access tokens
   * have expired: what the authorization server was asked at each step, and what the tool said.
   */
  const use = async (calls: number): Promise<ReadonlyArray<string>> => {
    const client = new Client({ name: "interop", version: "0.0.0" })
    const transport = new ProxyTransport({
      command: process.execPath,
      args: [PROXY, world.notes, port, ...options],
      env: { ...person.environment, HOME: folder, MCP_REMOTE_CONFIG_DIR: storage },
      stderr: "ignore"
    })
    try {
      await client.connect(transport)
      // What the proxy says by itself once it is connected has been answered before this is. Two requests that find the token
      // expired in the same millisecond write to one temporary file, and the proxy then asks the person.
      await client.ping()
      const said = [watch.take()]
      await cp(storage, join(folder, "connected"), { recursive: true })
      for (let call = 0; call < calls; call++) {
        watch.expire()
        const { content } = await client.callTool({ name: "read_notes", arguments: {} })
        said.push([...content.map((part) => (part.type === "text" ? part.text : part.type)), watch.take()].join(", "))
      }
      return said
    } finally {
      await client.close()
      await transport.end()
    }
  }
  const restore = async (stored: string): Promise<void> => {
    watch.expire()
    await rm(storage, { recursive: true })
    await cp(join(folder, stored), storage, { recursive: true })
  }
  const registered = options.length === 0 ? "register 201, " : ""
  const [login = "", ...refreshes] = await use(2)
  await cp(join(folder, "connected"), join(folder, "first"), { recursive: true })
  await cp(storage, join(folder, "newest"), { recursive: true })
  const lines = [
    line("logs in", `${registered}authorization_code 200`, login),
    ...["refreshes", "refreshes again"].map((name, index) =>
      line(name, "no notes, refresh_token 200", refreshes[index] ?? "")
    )
  ]
  for (const [name, stored] of [
    ["an old refresh token, and a new login", "first"],
    ["the newest one after that, and a new login", "newest"]
  ] as const) {
    await restore(stored)
    lines.push(line(name, "refresh_token 400 invalid_grant, authorization_code 200", (await use(0)).join(", ")))
  }
  return lines
}

export const mcpRemote: Judge = {
  package: "mcp-remote",
  skips: {},
  run: async ({ quick }) => {
    const stage = await startStage()
    const folder = await mkdtemp(join(tmpdir(), "postern-interop-"))
    try {
      const dynamic = await play(stage, join(folder, "dynamic"), [])
      if (quick) return [{ judge: "dynamic registration", lines: dynamic }]
      // The document has other redirect URIs than the program's own.
      const options = ["--host", "127.0.0.1", "--callback-path", "/callback"]
      const document = [...options, "--client-metadata-url", stage.world.clientDocument]
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
