import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort, startWorld, type World } from "@postern/app-demo"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { harSchema } from "./client-program/har.ts"
import { run, runWith, startProgram, visit } from "./client-program/program.ts"
import { makeWitness } from "./client-program/witness.ts"

interface Stored {
  readonly credentials: ReadonlyArray<{ readonly account: string; readonly clientId: string }>
  readonly registrations: ReadonlyArray<{ readonly clientId: string; readonly redirectUris: ReadonlyArray<string> }>
}

describe("the client as a program, at our servers", { timeout: 120_000 }, () => {
  const witness = makeWitness()
  let world: World
  let folder = ""
  let files = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-client-program-"))
    world = await startWorld(witness.recorder)
  })
  afterAll(async () => {
    await world.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** A credential file that nobody has used. */
  const newStore = () => join(folder, `credentials-${files++}.json`)
  const readStore = async (path: string) => JSON.parse(await readFile(path, "utf8")) as Stored
  const json = (text: string) => JSON.parse(text) as Record<string, unknown>
  const seen = async (text: string): Promise<ReadonlyArray<string>> =>
    [...witness.secrets()].filter((secret) => secret !== "" && text.includes(secret))

  it("connects, lists, calls, says who is logged in and logs out", async () => {
    const at = ["--store", newStore()]
    const connected = await runWith(world.user, ["connect", world.notes, ...at])
    expect(connected).toMatchObject({ code: 0 })
    expect(connected.stdout).toContain(`Connected to Notes 0.0.0 at ${world.notes}`)
    expect(connected.stdout).toContain("registered dynamically just now")
    expect(connected.stderr).toContain("Waiting for the browser.\n")

    const again = await run("connect", world.notes, "--json", ...at)
    expect(json(again.stdout)).toMatchObject({
      resource: world.notes,
      server: { name: "Notes", version: "0.0.0", protocolVersion: "2026-07-28", tools: 3 },
      login: "kept",
      account: "default",
      issuer: world.issuer,
      scope: ["notes:read"]
    })

    const tools = await run("tools", world.notes, ...at)
    expect(tools).toMatchObject({ code: 0, stderr: "" })
    expect(tools.stdout).toContain("write_note: Adds a note (needs notes:write)\n")
    expect(await run("call", world.notes, "read_notes", ...at)).toMatchObject({ code: 0, stdout: "no notes\n" })

    const who = await run("whoami", world.notes, "--json", ...at)
    expect(json(who.stdout)).toEqual({
      account: "default",
      resource: world.notes,
      issuer: world.issuer,
      clientId: expect.any(String),
      scope: ["notes:read"],
      accessTokenEnds: expect.stringMatching(/^\d{4}-.*Z$/),
      renewable: true,
      bound: false
    })
    expect(await seen(connected.stdout + again.stdout + who.stdout)).toEqual([])

    expect(await run("logout", world.notes, ...at)).toMatchObject({
      code: 0,
      stdout: `Logged out of ${world.notes} as default\n`,
      stderr: ""
    })
    expect(await run("whoami", world.notes, ...at)).toMatchObject({ code: 3, stdout: "" })
    const forbidden = await run("call", world.notes, "read_notes", ...at)
    expect(forbidden).toMatchObject({ code: 3, stdout: "" })
    expect(forbidden.stderr).toMatch(/^postern: a login is needed, and --no-login forbids to ask for one\n/)
    expect(forbidden.stderr).toContain("what helps: Log in first, with `postern connect`.\n")
    expect(forbidden.stderr).not.toContain("because:")
    expect(await run("logout", world.notes, ...at)).toMatchObject({ code: 3 })
  })

  it("keeps two accounts at one server apart", async () => {
    const at = ["--store", newStore()]
    const note = ["call", world.notes, "write_note", "--arg", "text=ada's own"]
    const ada = ["--account", "ada", ...at]
    const alice = ["--account", "alice", ...at]
    await runWith(world.administrator, ["connect", world.notes, "--scope", "notes:write", ...ada])
    await runWith(world.user, ["connect", world.notes, ...alice])
    expect(await run(...note, ...ada)).toMatchObject({ code: 0, stdout: "written\n" })
    expect((await run("call", world.notes, "read_notes", ...ada)).stdout).toBe("ada's own\n")
    expect((await run("call", world.notes, "read_notes", ...alice)).stdout).toBe("no notes\n")
    expect(await run("call", world.notes, "write_note", ...ada)).toMatchObject({ code: 9 })
    expect(await run("tools", world.notes, ...at)).toMatchObject({ code: 3 })

    const { stdout } = await run("accounts", "--json", ...at)
    expect(json(stdout)).toMatchObject({
      accounts: expect.arrayContaining([
        expect.objectContaining({ account: "alice", scope: ["notes:read"] }),
        expect.objectContaining({ account: "ada", scope: ["notes:read", "notes:write"] })
      ])
    })
    expect(await seen(stdout)).toEqual([])
    await run("logout", world.notes, ...alice)
    expect((await run("accounts", ...at)).stdout).toMatch(/^ada at .*\n(?: {2}.*\n)+$/)
  })

  it("[CBK-14] takes a callback URL that is pasted, and tells what is none", async () => {
    const program = startProgram(["tools", world.notes, "--no-browser", "--store", newStore()])
    const callback = await visit(await program.loginUrl, world.user)
    program.type("https://somewhere.example/callback?code=a")
    program.type(callback)
    const { code, stderr, stdout } = await program.ended
    expect(stderr).toContain(`That is not the callback URL: it begins with ${callback.split("?")[0]}?\n`)
    expect(code).toBe(0)
    expect(stdout).toContain("read_notes")
  })

  it("[CBK-14] refuses a pasted callback of another login", async () => {
    const program = startProgram(["tools", world.notes, "--no-browser", "--json", "--store", newStore()])
    const [redirectUri] = (await visit(await program.loginUrl, world.user)).split("?")
    program.type(`${redirectUri}?code=injected&state=guessed&iss=${encodeURIComponent(world.issuer)}`)
    const { code, stdout } = await program.ended
    expect(json(stdout)).toMatchObject({ error: "StateMismatch", layer: "client", clause: "OAuth 2.1 section 4.1.2" })
    expect(code).toBe(5)
  })

  it("ends cleanly when it is interrupted while it waits", async () => {
    const store = newStore()
    const trace = join(folder, "interrupted.har")
    const program = startProgram(["tools", world.notes, "--no-browser", "--trace", trace, "--store", store])
    const url = await program.loginUrl
    program.kill("SIGINT")
    expect(await program.ended).toMatchObject({ code: 130, stdout: "" })
    await expect(fetch(new URL(url).searchParams.get("redirect_uri") ?? "")).rejects.toThrow()
    expect(harSchema.parse(JSON.parse(await readFile(trace, "utf8"))).log.entries.length).toBeGreaterThan(3)
  })

  it("says that the person refused, and that a call was answered with an error", async () => {
    const at = ["--store", newStore()]
    const refused = await runWith({ ...world.user, decision: "deny" }, ["tools", world.notes, ...at])
    expect(refused).toMatchObject({ code: 4, stdout: "" })
    expect(refused.stderr).toContain("at fault: user")
    await runWith(world.user, ["connect", world.notes, ...at])
    expect(await run("call", world.notes, "no_such_tool", ...at)).toMatchObject({ code: 9 })
    expect(await run("tools", world.notes.replace("/mcp", "/elsewhere"), ...at)).toMatchObject({ code: 6 })
  })

  it("[LOG-01] writes a trace that is HAR 1.2, has every hop, and holds no secret that was in play", async () => {
    const trace = join(folder, "trace.har")
    const at = ["--trace", trace, "--store", newStore()]
    const called = await runWith(world.user, ["call", world.notes, "write_note", '{"text":"a private note"}', ...at])
    expect(called).toMatchObject({ code: 0 })
    const text = await readFile(trace, "utf8")
    expect((await stat(trace)).mode & 0o777).toBe(0o600)
    const { entries } = harSchema.parse(JSON.parse(text)).log
    expect(new Set(entries.map(({ request }) => new URL(request.url).pathname))).toEqual(
      new Set([
        "/mcp",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/register",
        "/authorize",
        "/callback",
        "/token"
      ])
    )
    expect(witness.secrets().size).toBeGreaterThan(8)
    expect(await seen(text)).toEqual([])
    expect(text).not.toContain("a private note")
    // What a reader needs is there.
    expect(text).toContain("resource_metadata=")
    expect(text).toContain('"name":"write_note"'.replaceAll('"', '\\"'))
    const exchange = entries.find(({ request }) => request.url.endsWith("/token"))
    expect(exchange?.request.postData).toMatchObject({
      params: expect.arrayContaining([
        { name: "grant_type", value: "authorization_code" },
        { name: "code", value: "REDACTED" },
        { name: "code_verifier", value: "REDACTED" },
        { name: "resource", value: world.notes }
      ])
    })
  })

  it("waits at the port that is named, and at no other when somebody else has that", async () => {
    const port = await freePort()
    const connect = ["connect", world.notes, "--no-browser", "--port", String(port), "--store", newStore()]
    const program = startProgram(connect)
    expect(new URL(await program.loginUrl).searchParams.get("redirect_uri")).toBe(`http://127.0.0.1:${port}/callback`)
    const second = await startProgram(connect).ended
    expect(second).toMatchObject({ code: 3 })
    expect(second.stderr).toContain(`127.0.0.1 port ${port}`)
    expect(second.stderr).toContain("name another one with --port")
    program.kill("SIGINT")
    await program.ended
  })

  it("keeps the port that it is registered with, and registers again when somebody else has it", async () => {
    const store = newStore()
    const connect = ["connect", world.notes, "--store", store]
    await runWith(world.user, connect)
    const [first] = (await readStore(store)).registrations
    connect.push("--account", "another")
    const kept = startProgram([...connect, "--no-browser"])
    const url = await kept.loginUrl
    expect(new URL(url).searchParams.get("redirect_uri")).toBe(first?.redirectUris[0])
    expect(new URL(url).searchParams.get("client_id")).toBe(first?.clientId)
    kept.kill("SIGINT")
    await kept.ended

    const port = Number(new URL(first?.redirectUris[0] ?? "").port)
    const holder: Server = createServer()
    await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve))
    const givenUp = startProgram([...connect, "--no-browser"])
    expect(new URL(await givenUp.loginUrl).searchParams.get("client_id")).not.toBe(first?.clientId)
    givenUp.kill("SIGINT")
    await givenUp.ended
    expect((await readStore(store)).registrations).toEqual([first])
    expect(await run("tools", world.notes, "--store", store)).toMatchObject({ code: 0 })
    const again = await runWith(world.user, connect)
    holder.close()
    expect(again).toMatchObject({ code: 0 })
    const [second] = (await readStore(store)).registrations
    expect(second?.clientId).not.toBe(first?.clientId)
    expect(second?.redirectUris).not.toEqual(first?.redirectUris)
    const another = ["--account", "another", "--store", store]
    expect(await run("tools", world.notes, ...another)).toMatchObject({ code: 0 })

    const { credentials, ...rest } = await readStore(store)
    const ended = credentials.map((held) => ({ ...held, expiresAt: 0 }))
    await writeFile(store, JSON.stringify({ ...rest, credentials: ended }))
    expect(await run("tools", world.notes, "--store", store)).toMatchObject({ code: 0 })
    expect(await run("tools", world.notes, ...another)).toMatchObject({ code: 0 })
    const refreshed = (await readStore(store)).credentials.map(({ account, clientId }) => [account, clientId])
    expect(refreshed).toEqual([
      ["default", first?.clientId],
      ["another", second?.clientId]
    ])
    const left = await run("logout", world.notes, "--json", "--store", store)
    expect(left).toMatchObject({ code: 0 })
    expect(json(left.stdout)).toMatchObject({ loggedOut: true, revoked: true, notRevoked: [] })
  })
})
