import { spawn } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const run = async (...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, ["--conditions=@postern/source", main, ...args, "--no-browser"])
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (data: Buffer) => void (output.stdout += data.toString()))
  child.stderr.on("data", (data: Buffer) => void (output.stderr += data.toString()))
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve))
  return { code, ...output }
}

/** An MCP server that is its own authorization server and registers nobody. */
const startServer = async (): Promise<{ readonly server: Server; readonly resource: string }> => {
  let origin = ""
  const server = createServer(({ url = "" }, response) => {
    const json = (value: unknown) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value))
    if (url === "/mcp") return void response.writeHead(401, { "www-authenticate": "Bearer" }).end()
    if (url.endsWith("/oauth-protected-resource/mcp")) {
      return void json({ resource: `${origin}/mcp`, authorization_servers: [origin] })
    }
    return void json({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"]
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
  return { server, resource: `${origin}/mcp` }
}

describe("the client as a program", () => {
  let folder = ""
  let server: Server
  let resource = ""
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-client-"))
    ;({ resource, server } = await startServer())
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  it("ends when a login ends before the browser was asked, and says whose fault it was", async () => {
    const { code, stderr, stdout } = await run("tools", resource, "--store", join(folder, "credentials.json"))
    expect(code).toBe(1)
    expect(stdout).toBe("")
    expect(stderr).toContain("needs a client id that was registered beforehand")
    expect(stderr).toContain("at fault: configuration")
  })

  it("says which credential file is damaged, and leaves it as it is", async () => {
    const store = join(folder, "credentials.json")
    await writeFile(store, "{")
    const { code, stderr } = await run("tools", resource, "--store", store)
    expect(code).toBe(1)
    expect(stderr).toContain(`because: the credential file ${store} is damaged (not-json); move it away to begin anew`)
    expect(await readFile(store, "utf8")).toBe("{")
  })

  it("says which credential file it cannot open, and why", async () => {
    const store = join(folder, "file", "credentials.json")
    await writeFile(join(folder, "file"), "")
    const { code, stderr } = await run("tools", resource, "--store", store)
    expect(code).toBe(1)
    expect(stderr).toContain("because: ENOTDIR")
    expect(stderr).toContain(store)
  })
})
