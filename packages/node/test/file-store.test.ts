import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest"
import type { CredentialStore, StoredCredentials, StoredRegistration } from "@postern/client-flow"
import { CredentialFileDamaged, makeFileStore } from "@postern/node"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-file-store-"))
  path = join(folder, "deep", "er", "credentials.json")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = Effect.runPromise
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))
// Node's own place for compiled code: each of the many processes starts in half the time.
const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") }
const node = (name: string, args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, ["--conditions=@postern/source", program(name), ...args], { encoding: "utf8", env })
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8)

const credentials = (changes: Partial<StoredCredentials> = {}): StoredCredentials => ({
  issuer: "https://as.example",
  resource: "https://mcp.example/mcp",
  account: "default",
  clientId: "client",
  accessToken: "access",
  expiresAt: 1_800_000_000,
  refreshToken: "refresh",
  requestedScope: ["a", "b"],
  grantedScope: ["a"],
  ...changes
})

const registration = (changes: Partial<StoredRegistration> = {}): StoredRegistration => ({
  issuer: "https://as.example",
  clientId: "client",
  clientSecret: "secret",
  clientSecretExpiresAt: 0,
  tokenEndpointAuthMethod: "client_secret_basic",
  redirectUris: ["http://127.0.0.1/callback"],
  ...changes
})

describe("a file store", () => {
  it("is a credential store", () => {
    expectTypeOf(makeFileStore).returns.toEqualTypeOf<CredentialStore>()
  })

  it("[STO-02] keeps the key that tokens are bound to beside them, and refuses one that cannot be read", async () => {
    const store = makeFileStore({ path })
    const jwk = { kty: "EC", crv: "P-256", x: "x", y: "y" }
    const proofKey = { algorithm: "ES256", publicJwk: jwk, privateKey: { ...jwk, d: "d" } } as const
    await run(store.saveCredentials(credentials({ proofKey })))
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([credentials({ proofKey })])
    expect(modeOf(path)).toBe("600")

    const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
      "sign",
      "verify"
    ])
    const unreadable = store.saveCredentials(credentials({ proofKey: { ...proofKey, privateKey } }))
    expect(await run(Effect.flip(unreadable))).toMatchObject({
      _tag: "CredentialStoreFailed",
      cause: { _tag: "ProofKeyUnreadable", algorithm: "ES256" }
    })
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([credentials({ proofKey })])
  })

  it("keeps how the client authenticates that credentials were issued to, whatever is registered later", async () => {
    const store = makeFileStore({ path })
    const clientAuthentication = { clientSecret: "secret", tokenEndpointAuthMethod: "client_secret_basic" } as const
    await run(store.saveRegistration(registration()))
    await run(store.saveCredentials(credentials({ clientAuthentication })))
    await run(store.saveRegistration(registration({ clientId: "second", clientSecret: "another" })))
    const again = makeFileStore({ path })
    expect(await run(again.listCredentials)).toEqual([credentials({ clientAuthentication })])
    await run(again.forgetRegistration("https://as.example", "second"))
    await run(again.forgetTokens(credentials(), { accessToken: "access" }))
    expect(await run(store.listCredentials)).toMatchObject([{ refreshToken: "refresh", clientAuthentication }])
  })

  it("finds nothing, and makes no file, before anything is saved", async () => {
    const store = makeFileStore({ path })
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([])
    expect(await run(store.findRegistration("https://as.example"))).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
  })

  it("finds what was saved for a resource, byte for byte, the last saved first, in any process", async () => {
    const store = makeFileStore({ path })
    const other = credentials({ issuer: "https://as2.example" })
    await run(store.saveCredentials(credentials()))
    await run(store.saveCredentials(other))
    await run(store.saveCredentials(credentials({ resource: "https://mcp.example/mcp/" })))
    await run(store.saveRegistration(registration()))
    const again = makeFileStore({ path })
    expect(await run(again.findCredentials("https://mcp.example/mcp", "default"))).toEqual([other, credentials()])
    await run(again.saveCredentials(credentials({ accessToken: "newer" })))
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([
      credentials({ accessToken: "newer" }),
      other
    ])
    expect(await run(store.findCredentials("https://MCP.example/mcp", "default"))).toEqual([])
    expect(await run(again.findRegistration("https://as.example"))).toEqual(registration())
    expect(await run(again.findRegistration("https://as.example/"))).toBeUndefined()
  })

  it("[STO-07] keeps the credentials of accounts apart, byte for byte, and lists those of all", async () => {
    const store = makeFileStore({ path })
    const accounts = ["default", "Default", "\u00e9", "e\u0301", '","', "a/../b", "\0", "x".repeat(10_240)]
    for (const account of accounts) {
      await run(store.saveCredentials(credentials({ account, accessToken: `of ${account}` })))
    }
    const again = makeFileStore({ path })
    for (const account of accounts) {
      expect(await run(again.findCredentials("https://mcp.example/mcp", account))).toEqual([
        credentials({ account, accessToken: `of ${account}` })
      ])
    }
    expect((await run(again.listCredentials)).map(({ account }) => account)).toEqual(accounts.toReversed())
  })

  it("[STO-09] forgets a whole record, and no other", async () => {
    const store = makeFileStore({ path })
    const others = [
      credentials({ account: "other" }),
      credentials({ clientId: "other" }),
      credentials({ issuer: "https://as2.example" }),
      credentials({ resource: "https://mcp.example/mcp/" })
    ]
    for (const saved of [...others, credentials()]) await run(store.saveCredentials(saved))
    await run(store.forgetCredentials(credentials()))
    expect(await run(store.listCredentials)).toEqual(others.toReversed())
  })

  it("reads a file that was written before there were accounts as the default account's", async () => {
    const { account, ...before } = credentials()
    const file = join(folder, "credentials.json")
    writeFileSync(file, JSON.stringify({ version: 1, credentials: [before], registrations: [] }), { mode: 0o600 })
    const store = makeFileStore({ path: file })
    expect(account).toBe("default")
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([credentials()])
    await run(store.saveCredentials(credentials({ accessToken: "newer" })))
    expect(await run(store.listCredentials)).toEqual([credentials({ accessToken: "newer" })])
  })

  it("forgets a token only while it is the held one, and keeps the rest of the record", async () => {
    const store = makeFileStore({ path })
    const other = credentials({ clientId: "other" })
    await run(store.saveCredentials(other))
    await run(store.saveCredentials(credentials()))
    await run(store.forgetTokens(credentials(), { accessToken: "older", refreshToken: "older" }))
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([credentials(), other])
    await run(store.forgetTokens(credentials(), { accessToken: "access" }))
    const { accessToken: _, expiresAt: __, ...withoutAccess } = credentials()
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([withoutAccess, other])
    await run(store.forgetTokens(credentials(), { refreshToken: "refresh" }))
    const { refreshToken: ___, ...bare } = withoutAccess
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([bare, other])
  })

  it("replaces an issuer's registration and forgets it only under its client id", async () => {
    const store = makeFileStore({ path })
    await run(store.saveRegistration(registration()))
    await run(store.saveRegistration(registration({ issuer: "https://as2.example" })))
    await run(store.saveRegistration(registration({ clientId: "second" })))
    await run(store.forgetRegistration("https://as.example", "client"))
    expect(await run(store.findRegistration("https://as.example"))).toEqual(registration({ clientId: "second" }))
    await run(store.forgetRegistration("https://as.example", "second"))
    expect(await run(store.findRegistration("https://as.example"))).toBeUndefined()
    expect((await run(store.findRegistration("https://as2.example")))?.clientId).toBe("client")
  })
})

describe("the file", () => {
  it.for(["000", "022"])("[STO-02] and its folder are for their owner alone under umask %s", (umask) => {
    const written = node("./store-writer.ts", [path, "a", "2", umask])
    expect([written.status, written.stderr]).toEqual([0, ""])
    const directory = join(folder, "deep", "er")
    for (const name of readdirSync(directory)) expect([name, modeOf(join(directory, name))]).toEqual([name, "600"])
    expect([modeOf(directory), modeOf(join(folder, "deep"))]).toEqual(["700", "700"])
    // Rewritten, and after a crash that left its half behind.
    writeFileSync(`${path}.new`, "half", { mode: 0o644 })
    node("./store-writer.ts", [path, "b", "1", umask])
    expect(readdirSync(directory).toSorted()).toEqual(["credentials.json", "credentials.json.lock"])
    expect(modeOf(path)).toBe("600")
  })

  it("[STO-02] is tightened when others may read it, and refused when another user owns it", async () => {
    const store = makeFileStore({ path })
    await run(store.saveCredentials(credentials()))
    chmodSync(path, 0o644)
    expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([credentials()])
    expect(modeOf(path)).toBe("600")
    if (process.getuid?.() !== 0) return
    chownSync(path, 65_534, 65_534)
    const error = await run(Effect.flip(store.findCredentials("https://mcp.example/mcp", "default")))
    expect(error).toMatchObject({ _tag: "CredentialStoreFailed", operation: "findCredentials" })
    expect(error.cause).toMatchObject({ name: "OwnerMismatch" })
  })

  it("[STO-02] is neither read nor written in a directory in which others may write", async () => {
    const store = makeFileStore({ path })
    await run(store.saveCredentials(credentials()))
    const directory = join(folder, "deep", "er")
    for (const mode of [0o777, 0o770, 0o722]) {
      chmodSync(directory, mode)
      for (const call of [
        store.findCredentials("https://mcp.example/mcp", "default"),
        store.saveCredentials(credentials({ accessToken: "newer" }))
      ])
        expect(await run(Effect.flip(Effect.asVoid(call)))).toMatchObject({
          _tag: "CredentialStoreFailed",
          cause: {
            name: "DirectoryWritable",
            message: `others may write in ${directory}, and so put a file of theirs in the place of this one: take that from them (chmod go-w)`
          }
        })
    }
    const fresh = makeFileStore({ path: join(directory, "fresh.json") })
    // Before anybody logs in for it.
    for (const call of [fresh.listCredentials, fresh.saveCredentials(credentials())]) {
      expect(await run(Effect.flip(Effect.asVoid(call)))).toMatchObject({ cause: { name: "DirectoryWritable" } })
    }
    // What others may see, or put their own things in, is no danger.
    for (const mode of [0o755, 0o1777]) {
      chmodSync(directory, mode)
      expect(await run(store.findCredentials("https://mcp.example/mcp", "default"))).toEqual([credentials()])
    }
    chmodSync(directory, 0o700)
    if (process.getuid?.() !== 0) return
    chownSync(directory, 65_534, 65_534)
    expect(await run(Effect.flip(store.findCredentials("https://mcp.example/mcp", "default")))).toMatchObject({
      cause: { name: "OwnerMismatch" }
    })
  })

  it("[STO-07] is in one place whatever the keys are called", async () => {
    const store = makeFileStore({ path })
    const hostile = ["../../escape", "/etc/passwd", "a:b", "\0", "\u00e9", "e\u0301", "x".repeat(10_240), "__proto__"]
    for (const name of hostile) {
      await run(store.saveCredentials(credentials({ issuer: name, resource: name, account: name, clientId: name })))
    }
    for (const name of hostile) {
      expect(await run(store.findCredentials(name, name))).toMatchObject([{ issuer: name, clientId: name }])
    }
    expect(readdirSync(join(folder, "deep", "er")).toSorted()).toEqual(["credentials.json", "credentials.json.lock"])
    expect(readdirSync(folder)).toEqual(["deep"])
  })

  it("is not followed when it is a symbolic link", async () => {
    const elsewhere = join(folder, "elsewhere.json")
    writeFileSync(elsewhere, '{"version":1,"credentials":[],"registrations":[]}')
    const link = join(folder, "credentials.json")
    symlinkSync(elsewhere, link)
    const store = makeFileStore({ path: link })
    const error = await run(Effect.flip(store.saveCredentials(credentials())))
    expect(error).toMatchObject({
      _tag: "CredentialStoreFailed",
      operation: "saveCredentials",
      cause: { code: "ELOOP" }
    })
    expect(readFileSync(elsewhere, "utf8")).toBe('{"version":1,"credentials":[],"registrations":[]}')
  })

  it("says what the system answered when it cannot be written", async () => {
    const store = makeFileStore({ path: join(folder, "no-directory", "\0") })
    expect(await run(Effect.flip(store.saveRegistration(registration())))).toMatchObject({
      _tag: "CredentialStoreFailed",
      kind: "failure",
      operation: "saveRegistration",
      cause: { code: "ERR_INVALID_ARG_VALUE" }
    })
  })

  it.for([
    ["corrupted JSON", '{"version":1,"credentials":[{"accessToken":"tok3n-canary', "not-json"],
    ["nothing", "", "not-json"],
    ["a wrong version", '{"version":2,"credentials":[],"registrations":[],"x":"tok3n-canary"}', "wrong-version"],
    ["no version", '{"credentials":[],"registrations":[]}', "wrong-version"],
    ["another shape", '{"version":1,"credentials":{},"registrations":[]}', "wrong-shape"],
    ["no object", "[1]", "wrong-shape"],
    ["bytes that are encrypted", "\u0001\u0002tok3n-canary\u00ff\u00fe", "not-json"],
    [
      "credentials of another shape",
      '{"version":1,"credentials":[{"issuer":"a","resource":"b","clientId":"c","accessToken":5,"requestedScope":[],"grantedScope":[]}],"registrations":[]}',
      "wrong-shape"
    ],
    [
      "a key that is none",
      '{"version":1,"credentials":[{"issuer":"a","resource":"b","clientId":"c","proofKey":{"algorithm":"ES256","publicJwk":{"kty":"EC"},"privateKey":{}},"requestedScope":[],"grantedScope":[]}],"registrations":[]}',
      "wrong-shape"
    ],
    ...[
      "none",
      [],
      {},
      { tokenEndpointAuthMethod: "private_key_jwt" },
      { clientSecret: 5, tokenEndpointAuthMethod: "none" }
    ].map((clientAuthentication) => {
      const held = {
        issuer: "a",
        resource: "b",
        clientId: "c",
        clientAuthentication,
        requestedScope: [],
        grantedScope: []
      }
      return [
        `an authentication of a client that is none: ${JSON.stringify(clientAuthentication)}`,
        JSON.stringify({ version: 1, credentials: [held], registrations: [] }),
        "wrong-shape"
      ] as const
    }),
    [
      "a registration of another shape",
      '{"version":1,"credentials":[],"registrations":[{"issuer":"a","clientId":"b","tokenEndpointAuthMethod":"magic","redirectUris":[]}]}',
      "wrong-shape"
    ]
  ] as const)("[STO-05] that holds %s fails every call and is kept as it is", async ([, text, fault]) => {
    const file = join(folder, "credentials.json")
    writeFileSync(file, text, { mode: 0o600 })
    const store = makeFileStore({ path: file })
    const calls: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string; readonly cause?: unknown }>> = [
      store.findCredentials("https://mcp.example/mcp", "default"),
      store.saveCredentials(credentials()),
      store.forgetTokens(credentials(), { accessToken: "access" }),
      store.findRegistration("https://as.example"),
      store.saveRegistration(registration()),
      store.forgetRegistration("https://as.example", "client")
    ]
    for (const call of calls) {
      const error = await run(Effect.flip(call))
      expect(error._tag).toBe("CredentialStoreFailed")
      expect(error.cause).toBeInstanceOf(CredentialFileDamaged)
      expect(error.cause).toMatchObject({
        kind: "failure",
        path: file,
        fault,
        message: `the credential file ${file} is damaged (${fault}); move it away to begin anew`
      })
      expect(JSON.stringify(error) + String(error.cause)).not.toContain("canary")
    }
    expect(readFileSync(file, "utf8")).toBe(text)
  })

  it("loses nothing when two processes and many fibers write it at once", { timeout: 120_000 }, async () => {
    const children = ["a", "b"].map((name) =>
      spawn(process.execPath, ["--conditions=@postern/source", program("./store-writer.ts"), path, name, "60"], {
        stdio: "inherit",
        env
      })
    )
    const store = makeFileStore({ path })
    const ends = Promise.all(children.map((child) => once(child, "exit")))
    await run(
      Effect.forEach(
        Array.from({ length: 40 }, (_, index) => index),
        (index) => store.saveCredentials(credentials({ resource: `https://mcp.example/here/${index}` })),
        { concurrency: "unbounded" }
      )
    )
    expect(await ends).toEqual([
      [0, null],
      [0, null]
    ])
    const { credentials: held } = JSON.parse(readFileSync(path, "utf8")) as { credentials: Array<StoredCredentials> }
    expect(new Set(held.map(({ resource }) => resource)).size).toBe(160)
  })

  it(
    "[STO-04] is the old one or the new one after a kill at any call to the file system",
    { timeout: 120_000 },
    async () => {
      const store = makeFileStore({ path })
      const oldOne = credentials({ resource: "https://mcp.example/old" })
      const seen: Array<number> = []
      for (let point = 1; ; point++) {
        rmSync(join(folder, "deep"), { recursive: true, force: true })
        await run(store.saveCredentials(oldOne))
        const crashed = node("./store-crasher.ts", [path, String(point)])
        if (crashed.signal !== "SIGKILL") {
          expect([crashed.status, crashed.stderr]).toEqual([0, ""])
          break
        }
        expect(await run(store.findCredentials("https://mcp.example/old", "default"))).toEqual([oldOne])
        seen.push((await run(store.findCredentials("https://mcp.example/new", "default"))).length)
        for (const suffix of ["", ".new", ".lock"]) {
          if (existsSync(path + suffix)) expect(modeOf(path + suffix)).toBe("600")
        }
        // The lock went with its holder, and the half that was left goes with the next write.
        await run(store.saveRegistration(registration()))
        expect(readdirSync(join(folder, "deep", "er")).toSorted()).toEqual([
          "credentials.json",
          "credentials.json.lock"
        ])
      }
      expect(seen.length).toBeGreaterThanOrEqual(10)
      expect([seen.at(0), seen.at(-1)]).toEqual([0, 1])
      expect(seen).toEqual(seen.toSorted((left, right) => left - right))
    }
  )
})
