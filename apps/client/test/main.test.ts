import { spawn } from "node:child_process"
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { createServer, type Server, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { builtProgram } from "../../../tests/built-program.ts"

const main = await builtProgram("client")

const run = async (...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [main, ...args, "--no-browser"])
  child.stdin.end()
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (data: Buffer) => void (output.stdout += data.toString()))
  child.stderr.on("data", (data: Buffer) => void (output.stderr += data.toString()))
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve))
  return { code, ...output }
}

/** An MCP server that is its own authorization server and registers nobody; `change` has the last word on its metadata. */
const startServer = async (
  change: object = {},
  onRequest: (url: string) => Promise<unknown> = () => Promise.resolve()
): Promise<{ readonly server: Server; readonly resource: string }> => {
  let origin = ""
  const answer = (url: string, response: ServerResponse) => {
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
      code_challenge_methods_supported: ["S256"],
      ...change
    })
  }
  const server = createServer(({ url = "" }, response) => {
    void onRequest(url).then(() => answer(url, response))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
  return { server, resource: `${origin}/mcp` }
}

describe("the client as a program", { timeout: 60_000 }, () => {
  let folder = ""
  let server: Server
  let resource = ""
  let asked: Array<string> = []
  let onRequest: () => Promise<unknown>
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-client-"))
    asked = []
    onRequest = () => Promise.resolve()
    ;({ resource, server } = await startServer({}, (url) => {
      asked.push(url)
      return onRequest()
    }))
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const newStore = () => join(folder, "credentials.json")

  it("ends when a login ends before the browser was asked, and says whose fault it was", async () => {
    const { code, stderr, stdout } = await run("tools", resource, "--store", newStore())
    expect(code).toBe(5)
    expect(stdout).toBe("")
    expect(stderr).toContain("needs a client id that was registered beforehand")
    expect(stderr).toContain("at fault: configuration")
    expect(stderr).toContain("clause: MCP Authorization section Client Registration")
    expect(stderr).toContain("and name it: --issuer URL --client-id ID\n")
  })

  it("says the same as JSON, and nothing else on standard output", async () => {
    const { code, stdout } = await run("tools", resource, "--json", "--store", newStore())
    expect(code).toBe(5)
    expect(JSON.parse(stdout)).toMatchObject({ exit: 5, error: "RegistrationUnavailable", layer: "configuration" })
  })

  it("shows both values where two differ, and blames the authorization server with an exit code of its own", async () => {
    const other = await startServer({ issuer: "https://another.example" })
    const { code, stderr } = await run("tools", other.resource, "--store", newStore())
    other.server.closeAllConnections()
    other.server.close()
    expect(code).toBe(7)
    expect(stderr).toContain("at fault: authorization server")
    expect(stderr).toContain(`expected: ${new URL(other.resource).origin}\n`)
    expect(stderr).toContain("received: https://another.example\n")
    expect(stderr).toContain("clause: RFC 8414 section 3.3")
  })

  it("lets an authorization server break the rule that is named on the command line, and another one not", async () => {
    const other = await startServer({ issuer: "https://another.example" })
    const { origin } = new URL(other.resource)
    const login = ["tools", other.resource, "--json", "--store", newStore()]
    const exception = ["--exception", "metadataIssuer=https://another.example"]
    const allowed = await run(...login, "--issuer", origin, ...exception)
    const elsewhere = await run(...login, "--issuer", "https://elsewhere.example", ...exception)
    other.server.closeAllConnections()
    other.server.close()
    // That was all that was wrong with the metadata: what is missing now is a client.
    expect(JSON.parse(allowed.stdout)).toMatchObject({ exit: 5, error: "RegistrationUnavailable" })
    expect(JSON.parse(elsewhere.stdout)).toMatchObject({ exit: 7, error: "IssuerMismatch" })
  })

  it("has an exit code for a server that is not there", async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    const { code, stderr } = await run("tools", resource, "--store", newStore())
    expect(code).toBe(8)
    expect(stderr).toContain("at fault: network")
  })

  it("says which credential file is damaged, and leaves it as it is", async () => {
    const store = newStore()
    await writeFile(store, "{")
    const { code, stderr } = await run("tools", resource, "--store", store)
    expect(code).toBe(5)
    expect(stderr).toContain(`because: the credential file ${store} is damaged (not-json); move it away to begin anew`)
    expect(stderr).toContain("what helps: Move the file away, or name another one with --store, and log in again.\n")
    expect(await readFile(store, "utf8")).toBe("{")
  })

  it("says of a directory in which others may write that this has to end, and not that the store has to be writable", async () => {
    const directory = join(folder, "open")
    await mkdir(directory)
    await chmod(directory, 0o777)
    const store = join(directory, "credentials.json")
    await writeFile(store, "{}", { mode: 0o600 })
    const { code, stderr } = await run("tools", resource, "--store", store)
    expect(code).toBe(5)
    expect(stderr).toContain(`because: others may write in ${directory}, `)
    expect(stderr).toContain("what helps: Let nobody else write in that directory, ")
    expect(stderr).not.toContain("Make the credential store")
  })

  it("says of a store that belongs to another user that it takes one's own", async () => {
    if (process.getuid?.() !== 0) return
    const store = newStore()
    await writeFile(store, "{}", { mode: 0o600 })
    await chown(store, 65_534, 65_534)
    const { code, stderr } = await run("tools", resource, "--store", store)
    expect(code).toBe(5)
    expect(stderr).toContain(`because: ${store} belongs to another user`)
    expect(stderr).toContain("what helps: Name a file of your own with --store.")
  })

  it("says which credential file it cannot open, and why", async () => {
    const store = join(folder, "file", "credentials.json")
    await writeFile(join(folder, "file"), "")
    const { code, stderr } = await run("tools", resource, "--store", store)
    expect(code).toBe(5)
    expect(stderr).toContain("because: ENOTDIR")
    expect(stderr).toContain(store)
  })

  it("prints its usage, and exits with 2 where the command line is wrong", async () => {
    const help = await run("--help")
    expect(help).toMatchObject({ code: 0, stderr: "" })
    expect(help.stdout).toContain("whoami URL")
    expect(await run("--version")).toMatchObject({ code: 0, stdout: "postern 0.0.0\n" })
    const wrong = await run("tools", resource, "--client-id", "\u0007", "--issuer", "https://as.example")
    expect(wrong).toMatchObject({ code: 2, stdout: "" })
    expect(wrong.stderr).toContain("registrations[0].clientId: must be printable ASCII")
  })

  it("finds out before it begins whether the trace can be written", async () => {
    const store = ["--store", newStore(), "--json"]
    const trace = join(folder, "no", "such", "x.har")
    const nowhere = await run("tools", resource, "--trace", trace, ...store)
    expect(nowhere.code).toBe(2)
    expect(nowhere.stderr).toMatch(/^postern: --trace: .*x\.har cannot be written: ENOENT/)
    expect(JSON.parse(nowhere.stdout)).toMatchObject({ exit: 2, error: "UsageInvalid" })
    expect(asked).toEqual([])
  })

  it("ends as the command ended where the trace cannot be written after all", async () => {
    const trace = join(folder, "x.har")
    onRequest = () => mkdir(trace, { recursive: true })
    const { code, stderr } = await run("tools", resource, "--trace", trace, "--store", newStore())
    expect(code).toBe(5)
    expect(stderr).toContain("at fault: configuration")
    expect(stderr).toContain(`postern: the trace ${trace} could not be written: it is no plain file\n`)
    expect(await readdir(folder)).toEqual(["x.har"])
  })

  it("says as JSON too that the command line is wrong", async () => {
    const issuer = await run("tools", resource, "--client-id", "me", "--issuer", "as.example", "--json")
    expect(issuer).toMatchObject({ code: 2 })
    expect(issuer.stderr).toContain("--issuer as.example: ")
    expect(JSON.parse(issuer.stdout)).toEqual({
      exit: 2,
      error: "UsageInvalid",
      message: "--issuer as.example: the issuer identifier is malformed (not-absolute)"
    })
    const unknown = await run("tools", resource, "--json", "--unknown")
    expect(JSON.parse(unknown.stdout)).toMatchObject({ exit: 2, error: "UsageInvalid" })
    const refused = await run("tools", resource, "--json", "--client-id", "\u0007", "--issuer", "https://as.example")
    expect(refused).toMatchObject({ code: 2 })
    expect(JSON.parse(refused.stdout)).toMatchObject({ exit: 2, error: "ConfigurationInvalid" })
    expect(await run("--unknown", "--", "--json")).toMatchObject({ code: 2, stdout: "" })
  })
})
