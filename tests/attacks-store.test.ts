import { fork } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { createVerifier } from "@postern/jwt-verify/promise"
import { createGuard } from "@postern/resource-server/promise"
import { serve } from "@postern/node"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  form,
  ISSUER,
  jwks,
  MAIL,
  makeBrowser,
  makeServerWorld,
  NOTES,
  type ServerWorld,
  VERIFIER
} from "./server-world.ts"

const CALLBACK = "https://client.example.org/cb"
const SECRET = "s3cret-of-c2"
const clients = [
  { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
  {
    clientId: "c2",
    name: "Two",
    redirectUris: [CALLBACK],
    tokenEndpointAuthMethod: "client_secret_basic",
    // SHA-256 of the secret, base64url.
    secretHash: "i084lAmKEVst-0cv1qabXmSjBPrQCKWWFMDHwe229vk"
  }
] as const
const basic = { authorization: `Basic ${btoa(`c2:${SECRET}`)}` }

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
const start = async (options: Parameters<typeof makeServerWorld>[0] = {}) => {
  const world = await makeServerWorld({ clients, dynamic: true, ...options })
  closers.push(world.close)
  return world
}

const redeem = (code: string) => ({ grant_type: "authorization_code", client_id: "c1", code, code_verifier: VERIFIER })
const authorize = (client_id = "c1") => authorizeUrl({ client_id, redirect_uri: CALLBACK })
const codeOf = (location: URL): string => location.searchParams.get("code") ?? ""
const token = (world: ServerWorld, fields: Record<string, string>, headers: HeadersInit = {}) =>
  world.handle(form("/token", fields, headers))
const tokensOf = async (response: Response) => {
  expect(response.status).toBe(200)
  return (await response.json()) as { readonly access_token: string; readonly refresh_token: string }
}

/** How a secret could be written down: as it is, encoded, or hashed. */
const spellings = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase()
  ]
}
const hash = (secret: string) => createHash("sha256").update(secret).digest("base64url")

describe("what the authorization server stores", () => {
  it("[STO-01] holds no secret that it gave out or was shown, and nobody can come in by what it holds", async () => {
    const folder = mkdtempSync(join(tmpdir(), "postern-store-"))
    closers.push(() => rmSync(folder, { recursive: true, force: true }))
    const world = await start({ path: join(folder, "as.db") })
    const secrets = new Set([SECRET, VERIFIER])
    const browse = async (url: string) => {
      const browser = makeBrowser(world)
      const code = codeOf(await browser.approve(url))
      for (const one of [...browser.secrets, code]) secrets.add(one)
      return code
    }
    const keep = (tokens: { readonly access_token: string; readonly refresh_token: string }) => {
      for (const one of [tokens.access_token, ...tokens.access_token.split("."), tokens.refresh_token]) secrets.add(one)
      return tokens.refresh_token
    }
    const codes: Array<string> = []
    for (let i = 0; i < 4; i++) {
      // A public client, a confidential one, and one that registers itself; each refreshes.
      const code = await browse(authorize())
      const first = keep(await tokensOf(await token(world, redeem(code))))
      keep(await tokensOf(await token(world, { grant_type: "refresh_token", client_id: "c1", refresh_token: first })))
      const second = await browse(authorize("c2"))
      const { client_id: _, ...own } = redeem(second)
      const theirs = keep(await tokensOf(await token(world, own, basic)))
      keep(await tokensOf(await token(world, { grant_type: "refresh_token", refresh_token: theirs }, basic)))
      const registered = await world.handle(
        new Request(`${ISSUER}/register`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ redirect_uris: [CALLBACK], grant_types: ["authorization_code", "refresh_token"] })
        })
      )
      const { client_id } = (await registered.json()) as { readonly client_id: string }
      keep(await tokensOf(await token(world, { ...redeem(await browse(authorize(client_id))), client_id })))
      // A code that is not redeemed, a page that stays open, and a refusal.
      codes.push(await browse(authorize()))
      const open = makeBrowser(world)
      await open.open(authorize())
      const denied = makeBrowser(world)
      await denied.decide((await denied.open(authorize())).html, "deny")
      for (const one of [...open.secrets, ...denied.secrets]) secrets.add(one)
    }
    const dump = () =>
      readdirSync(folder)
        .map((file) => readFileSync(join(folder, file)).toString("latin1"))
        .join("\n")
    const text = dump()
    expect(readdirSync(folder)).toContain("as.db-wal")
    // It is the store: what it must hold is there.
    for (const code of codes) expect(text.includes(hash(code))).toBe(true)
    expect(secrets.size).toBeGreaterThan(100)
    for (const secret of secrets) {
      const written = spellings(secret).filter((one) => text.includes(one))
      const raw = Buffer.from(secret, "base64url").toString("latin1")
      expect(written.length + (raw.length >= 16 && text.includes(raw) ? 1 : 0), "a secret is stored").toBe(0)
    }
    // Everything in it that has the form of a secret, shown as one.
    const stored = [...new Set(text.match(/[\w-]{43}/g))]
    expect(stored.length).toBeGreaterThan(30)
    for (const one of stored) {
      expect((await token(world, redeem(one))).status).toBe(400)
      const refresh = { grant_type: "refresh_token", client_id: "c1", refresh_token: one }
      expect((await token(world, refresh)).status).toBe(400)
      const headers = { cookie: `__Host-postern=${one}` }
      const page = await world.handle(new Request(authorize(), { headers }))
      expect(await page.text()).toContain('name="password"')
    }
  })
})

describe("a code", () => {
  const redeemAll = async (world: ServerWorld, send: (request: Request) => Promise<Response>) => {
    const code = codeOf(await makeBrowser(world).approve(authorize()))
    const answers = await Promise.all(Array.from({ length: 64 }, () => send(form("/token", redeem(code)))))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).toHaveLength(63)
    for (const answer of refused) {
      expect(answer.status).toBe(400)
      expect(answer.headers.get("cache-control")).toBe("no-store")
      expect(await answer.json()).toMatchObject({ error: "invalid_grant" })
    }
    const winner = answers.find(({ status }) => status === 200)
    const tokens = await tokensOf(winner ?? Response.error())
    // The grant ends with the replay: what the winner got buys nothing more.
    const refresh = { grant_type: "refresh_token", client_id: "c1", refresh_token: tokens.refresh_token }
    expect((await token(world, refresh)).status).toBe(400)
  }

  it("that 64 requests over HTTP redeem at once gives one of them its tokens", async () => {
    const world = await start()
    const server = await Effect.runPromise(
      serve({ fetch: world.handle, hostname: "127.0.0.1", port: 0, origin: ISSUER })
    )
    closers.push(() => Effect.runPromise(server.close()))
    for (let round = 0; round < 5; round++) {
      await redeemAll(world, async (request) => {
        const { headers, method, url } = request
        return fetch(server.url + new URL(url).pathname, { method, headers, body: await request.text() })
      })
    }
  })
})

describe("a registration", () => {
  it("[DOS-07] that nests a hundred thousand deep is refused", async () => {
    const world = await start()
    for (const body of ['{"a":'.repeat(100_000), `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`]) {
      const headers = { "content-type": "application/json" }
      const answer = await world.handle(new Request(`${ISSUER}/register`, { method: "POST", headers, body }))
      expect([400, 413]).toContain(answer.status)
      expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/^invalid_/) })
    }
    expect(world.writes).toEqual([])
  })
})

describe("an access token", () => {
  it("[AUD-15] names the one resource that it was asked for, and another resource server refuses it", async () => {
    const world = await start()
    const handled: Array<string> = []
    const call = (resource: string, bearer: string) =>
      createGuard({
        resource,
        authorizationServers: [ISSUER],
        verifier: createVerifier({ issuer: ISSUER, audience: resource, jwks }),
        operations: { default: [] }
      }).handle(new Request(resource, { headers: { authorization: `Bearer ${bearer}` } }), async () => {
        handled.push(resource)
        return new Response("ok")
      })
    const { access_token } = await tokensOf(
      await token(world, redeem(codeOf(await makeBrowser(world).approve(authorize()))))
    )
    const [, claims = ""] = access_token.split(".")
    const decoded = JSON.parse(Buffer.from(claims, "base64url").toString()) as { readonly aud: unknown }
    expect(decoded.aud).toBe(NOTES)
    expect((await call(NOTES, access_token)).status).toBe(200)
    const refused = await call(MAIL, access_token)
    expect(refused.status).toBe(401)
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer error="invalid_token", error_description="The access token is for another audience", resource_metadata="https://mail.example.org/.well-known/oauth-protected-resource/mcp"'
    )
    expect(handled).toEqual([NOTES])
  })
})

describe("what is logged", () => {
  it("[LOG-01] of a flow that works and of fifty that do not holds no secret in any spelling", async () => {
    const program = fileURLToPath(new URL("logged-flows.ts", import.meta.url))
    const child = fork(program, [], { execArgv: ["--conditions=@postern/source"], silent: true })
    let output = ""
    child.stdout?.on("data", (data: Buffer) => void (output += data.toString()))
    child.stderr?.on("data", (data: Buffer) => void (output += data.toString()))
    let told: { readonly failures: number; readonly secrets: ReadonlyArray<string> } | undefined
    child.once("message", (message: typeof told) => void (told = message))
    const code = await new Promise((resolve) => child.once("close", resolve))
    expect(code, output).toBe(0)
    expect(told?.failures).toBeGreaterThanOrEqual(50)
    expect(told?.secrets.length).toBeGreaterThan(80)
    // Something was logged, and by each role that logs.
    for (const word of ["code-replayed", "refresh-token-replayed", "StateMismatch", "AuthorizationIssuerMismatch"]) {
      expect(output).toContain(word)
    }
    for (const secret of told?.secrets ?? []) {
      const digest = createHash("sha256").update(secret).digest()
      const written = [
        ...spellings(secret),
        digest.toString("base64url"),
        digest.toString("base64"),
        digest.toString("hex")
      ]
      expect(written.filter((one) => output.includes(one))).toEqual([])
    }
  })
})
