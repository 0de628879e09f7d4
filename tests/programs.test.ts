import { spawn } from "node:child_process"
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { makeEncryptionKey } from "@postern/app-authorization-server"
import { freePort } from "@postern/app-demo"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { builtProgram } from "./built-program.ts"

const authorizationServer = await builtProgram("authorization-server")
const resourceServer = await builtProgram("resource-server")
const client = await builtProgram("client")
const sources = fileURLToPath(new URL("../apps/authorization-server/src/main.ts", import.meta.url))

const start = (...command: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, command, { env: { ...process.env, NODE_ENV: "production" } })
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (data: Buffer) => void (output.stdout += data.toString()))
  child.stderr.on("data", (data: Buffer) => void (output.stderr += data.toString()))
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
  return { child, output, exited }
}

const run = async (...command: ReadonlyArray<string>) => {
  const { exited, output } = start(...command)
  return { code: await exited, ...output }
}

describe("the authorization server as a program", () => {
  let folder = ""
  let port = 0
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-programs-"))
    port = await freePort()
    await writeFile(join(folder, "encryption.key"), makeEncryptionKey(), { mode: 0o600 })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const configure = async (change: object = {}): Promise<string> => {
    const file = join(folder, "as.json")
    const configuration = {
      issuer: `http://127.0.0.1:${port}`,
      listen: { port },
      store: `sqlite:${join(folder, "as.sqlite")}`,
      keys: { encryptionKey: `file:${join(folder, "encryption.key")}` },
      resources: [{ resource: "http://127.0.0.1:9/mcp", scopes: { "notes:read": { description: "Read" } } }],
      ...change
    }
    await writeFile(file, JSON.stringify(configuration))
    return file
  }

  it("prints one line when it listens, answers /healthz, keeps its keys private and stops on SIGTERM", async () => {
    const { child, exited, output } = start(authorizationServer, "--config", await configure())
    await expect.poll(() => output.stdout, { timeout: 15_000 }).toContain("listens on")
    expect(output.stdout.trim().split("\n")).toHaveLength(1)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    expect((await stat(join(folder, "as.sqlite"))).mode & 0o777).toBe(0o600)
    const [key, ...others] = await publishedKeys()
    expect(Object.keys(key ?? {}).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"])
    expect(others).toEqual([])
    child.kill("SIGTERM")
    expect(await exited).toBe(0)
  })

  it("runs from its sources, and has the driver of PostgreSQL in its one file", { timeout: 60_000 }, async () => {
    const { child, exited, output } = start("--conditions=@postern/source", sources, "--config", await configure())
    await expect.poll(() => output.stdout + output.stderr, { timeout: 30_000 }).toContain("listens on")
    expect(await publishedKeys()).toHaveLength(1)
    child.kill("SIGTERM")
    expect(await exited).toBe(0)
    const postgres = await configure({ store: "postgres://nobody@127.0.0.1:1/none" })
    expect(await run(authorizationServer, "--config", postgres)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("its server cannot be reached")
    })
  })

  const publishedKeys = async (): Promise<ReadonlyArray<{ readonly kid: string }>> => {
    const response = await fetch(`http://127.0.0.1:${port}/jwks`)
    expect(response.status).toBe(200)
    return ((await response.json()) as { readonly keys: ReadonlyArray<{ readonly kid: string }> }).keys
  }

  const startListening = async (file: string) => {
    const program = start(authorizationServer, "--config", file)
    await expect.poll(() => program.output.stdout, { timeout: 15_000 }).toContain("listens on")
    return program
  }

  it("changes its keys by command while it runs, without a request that fails", { timeout: 120_000 }, async () => {
    const file = await configure()
    const first = await startListening(file)
    const kids = async () => (await publishedKeys()).map(({ kid }) => kid)
    const [old = ""] = await kids()
    const rotated = run(authorizationServer, "rotate-keys", "--config", file)
    const command = { runs: true }
    void rotated.finally(() => (command.runs = false))
    while (command.runs) expect(await kids()).toContain(old)
    const { stdout, ...rest } = await rotated
    expect(rest).toEqual({ code: 0, stderr: "" })
    const [, next, time] = /^postern-as: the key (\S+) signs from (\S+Z) on\n$/.exec(stdout) ?? []
    expect(Date.parse(time ?? "") - Date.now()).toBeGreaterThan(3_500_000)
    first.child.kill("SIGTERM")
    expect(await first.exited).toBe(0)
    // A server that goes on notices within a minute; one that starts now knows at once.
    const second = await startListening(file)
    const both = await kids()
    expect(both).toHaveLength(2)
    expect(new Set(both)).toEqual(new Set([old, next]))
    expect(await run(authorizationServer, "withdraw-key", old, "--config", file)).toEqual({
      code: 0,
      stdout: `postern-as: the key ${old} was withdrawn; a server that runs notices within a minute\n`,
      stderr: ""
    })
    const again = await run(authorizationServer, "withdraw-key", old, "--config", file)
    expect([again.code, again.stdout, again.stderr]).toEqual([2, "", expect.stringContaining("no such key")])
    second.child.kill("SIGTERM")
    expect(await second.exited).toBe(0)
    const third = await startListening(file)
    expect(await kids()).toEqual(both.filter((kid) => kid !== old))
    third.child.kill("SIGTERM")
    expect(await third.exited).toBe(0)
  })

  it("refuses to start with another encryption key than the one of its store", { timeout: 60_000 }, async () => {
    const file = await configure()
    const { child, exited } = await startListening(file)
    child.kill("SIGTERM")
    await exited
    await writeFile(join(folder, "encryption.key"), makeEncryptionKey())
    const { code, stderr } = await run(authorizationServer, "--config", file)
    expect(stderr).toContain("do not open the signing key in the store")
    expect(code).toBe(2)
  })

  it.each([
    ["an unknown key", { extra: true }, "extra: is not a known key"],
    ["an http issuer off loopback", { issuer: "http://as.example.com" }, "issuer"],
    ["a memory store in production", { store: "memory:" }, "store: `memory:` forgets every login"],
    [
      "a missing encryption key in production",
      { keys: { encryptionKey: "file:/nowhere/encryption.key" } },
      "keys.encryptionKey: /nowhere/encryption.key does not exist"
    ],
    ["an encryption key that is not in the environment", { keys: { encryptionKey: "env:NOWHERE" } }, "NOWHERE"],
    ["a store in a folder that is not there", { store: "sqlite:/nowhere/as.sqlite" }, "/nowhere"],
    [
      "an insecure resource",
      { resources: [{ resource: "http://mcp.example.com", scopes: {} }] },
      "resources[0].resource: the URL must be https"
    ]
  ])("names %s and exits with 2 before it listens", async (_, change, said) => {
    const { code, stderr, stdout } = await run(authorizationServer, "--config", await configure(change))
    expect(stderr).toContain(said)
    expect(code).toBe(2)
    expect(stdout).toBe("")
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
  })

  it("says that a port is in use", async () => {
    const holder = createServer().listen(port, "127.0.0.1")
    const { code, stderr } = await run(authorizationServer, "--config", await configure())
    holder.close()
    expect(stderr).toMatch(/listen: cannot listen on 127\.0\.0\.1 port \d+: the port is in use/)
    expect(code).toBe(2)
  })

  it("says what is wrong with a file that is missing, is not JSON, or is no database", async () => {
    expect(await run(authorizationServer, "--config", join(folder, "none.json"))).toMatchObject({ code: 2 })
    const broken = join(folder, "broken.json")
    await writeFile(broken, "{")
    const parsed = await run(authorizationServer, "--config", broken)
    expect(parsed).toMatchObject({ code: 2 })
    expect(parsed.stderr).toContain("is not JSON")
    await writeFile(join(folder, "text.sqlite"), "this is a text, and long enough to be taken for a database header")
    const opened = await run(
      authorizationServer,
      "--config",
      await configure({ store: `sqlite:${join(folder, "text.sqlite")}` })
    )
    expect(opened).toMatchObject({ code: 2 })
    expect(opened.stderr).toContain("text.sqlite")
  })

  it("prints its usage for anything else", async () => {
    expect(await run(authorizationServer)).toMatchObject({ code: 2 })
    expect(await run(authorizationServer, "--nonsense")).toMatchObject({ code: 2 })
    expect(await run(authorizationServer, "--help")).toMatchObject({ code: 0 })
  })
})

describe("the resource server as a program", () => {
  it("names every wrong key and exits with 2", async () => {
    const folder = await mkdtemp(join(tmpdir(), "postern-programs-"))
    const file = join(folder, "rs.json")
    const port = await freePort()
    const configuration = {
      resource: `http://127.0.0.1:${port}/mcp#fragment`,
      listen: { port },
      authorizationServer: { issuer: "nope", jwksUri: "ftp://127.0.0.1/jwks" }
    }
    await writeFile(file, JSON.stringify(configuration))
    const { code, stderr } = await run(resourceServer, "--config", file)
    await rm(folder, { recursive: true, force: true })
    expect(stderr).toContain("rs.json is refused:\n  resource: the resource identifier is malformed (fragment)")
    expect(stderr).toMatch(/^ {2}authorizationServer\.issuer: /m)
    expect(stderr).toMatch(/^ {2}authorizationServer\.jwksUri: /m)
    expect(code).toBe(2)
  })
})

describe("a program as it is built", () => {
  const asNode = (version: string) =>
    `--import=data:text/javascript,Object.defineProperty(process,"version",{value:"${version}"})`

  it.each([
    ["authorization-server", authorizationServer],
    ["resource-server", resourceServer],
    ["client", client]
  ])("says in one line that Node.js is too old, whatever it is asked: %s", async (name, program) => {
    expect(await run(asNode("v20.20.2"), program, "--help")).toEqual({
      code: 2,
      stdout: "",
      stderr: `${name} needs Node.js 22.19 or newer; this is 20.20.2\n`
    })
  })

  it("runs on the first Node.js that is new enough, and on later ones", async () => {
    expect(await run(asNode("v22.18.9"), client, "--help")).toMatchObject({ code: 2, stdout: "" })
    for (const version of ["v22.19.0", "v23.0.0", "v24.0.0"]) {
      expect(await run(asNode(version), client, "--help")).toMatchObject({ code: 0, stderr: "" })
    }
  })
})
