// What an operator's log may hold after attacks on the authorization server, and what the running program writes.
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { inspect } from "node:util"
import { eventLine, hashPassword, makeEncryptionKey } from "@postern/app-authorization-server"
import { freePort } from "@postern/app-demo"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { PeopleFailed, StoreFailed } from "@postern/as-core"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { afterEach, describe, expect, it } from "vitest"
import { asserted, claims, ec, jws, publicJwk } from "../packages/as-core/test/assertion/signing.ts"
import { document, HOME, ID, Web } from "../packages/as-core/test/clients/web.ts"
import {
  authorizeUrl,
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  CHALLENGE,
  encode,
  errorOf,
  ISSUER,
  KEY,
  makeWorld,
  NOTES,
  obtainCode,
  obtainTokens,
  refreshRequest,
  tokenRequest,
  type Tokens,
  VERIFIER
} from "../packages/as-core/test/fixture.ts"
import { makeMemoryStore } from "../packages/as-core/test/memory-store.ts"
import { formOf } from "./server-world.ts"

const closers: Array<() => void> = []
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

/** As far as a configured client's identifier may go. */
const PRINTABLE = 'x"}{"event":"fake"}%s%n\\u001b'
const HOSTILE = 'x\r\nevent: fake\u001b[2J\u202e\u2028\u0000%s%n"}{"event":"code-replayed"'

describe("an attack that is seen", () => {
  it("[LOG-06] is told once, with the client and the grant that it was about, and nothing that opens anything", async () => {
    const pair = ec()
    const world = await makeWorld({
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        {
          clientId: "key",
          name: "Key",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "private_key_jwt",
          jwks: { keys: [publicJwk(pair)] }
        }
      ]
    })
    const code = await obtainCode(world)
    const first = (await (await world.handle(tokenRequest({ code }))).json()) as Tokens
    for (let again = 0; again < 3; again++) {
      expect(await errorOf(world.handle(tokenRequest({ code })))).toEqual([400, "invalid_grant"])
    }
    const second = await obtainTokens(world)
    const third = (await (await world.handle(refreshRequest(second.refresh_token))).json()) as Tokens
    await world.handle(refreshRequest(third.refresh_token))
    for (let again = 0; again < 3; again++) {
      expect(await errorOf(world.handle(refreshRequest(second.refresh_token)))).toEqual([400, "invalid_grant"])
    }
    const assertion = jws({ alg: "ES256" }, claims("key"), pair.privateKey)
    const byKey = (code: string) => world.handle(tokenRequest({ ...asserted(assertion), code }))
    expect((await byKey(await obtainCode(world, { client_id: "key" }))).status).toBe(200)
    expect(await errorOf(byKey("x"))).toEqual([401, "invalid_client"])
    const grantId = expect.stringMatching(/^[\w-]{22}$/)
    expect(world.events).toEqual([
      { event: "code-replayed", clientId: "c1", grantId },
      { event: "refresh-token-replayed", clientId: "c1", grantId },
      { event: "client-assertion-refused", clientId: "key", detail: "assertion-replayed" }
    ])
    const told = JSON.stringify(world.events)
    for (const secret of [code, first.refresh_token, first.access_token, second.refresh_token, assertion]) {
      expect(told).not.toContain(secret)
    }
  })

  it("[LOG-03] is one line in printable ASCII, whatever it sends", async () => {
    const web = new Web()
    const world = await makeWorld({
      registration: { documents: { transport: web }, dynamic: {} },
      clients: [{ clientId: PRINTABLE, name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" }]
    })
    const code = await obtainCode(world, { client_id: PRINTABLE })
    for (let again = 0; again < 2; again++) await world.handle(tokenRequest({ client_id: PRINTABLE, code }))
    for (const text of [
      document({ client_name: 1 }),
      document({ [HOSTILE]: 1, redirect_uris: [HOSTILE] }),
      document({ client_id: HOSTILE }),
      document({ token_endpoint_auth_method: HOSTILE }),
      `{"${encodeURIComponent(HOSTILE)}`,
      HOSTILE
    ]) {
      web.next = { text }
      await world.handle(new Request(authorizeUrl({ client_id: ID, redirect_uri: HOME })))
    }
    web.next = { type: "text/html;\u00e9" }
    const id = `https://app.example.com/${encodeURIComponent(HOSTILE)}`
    for (const client_id of [id, `https://app.example.com/${HOSTILE}`, HOSTILE]) {
      const fields = { client_id, redirect_uri: HOME, scope: HOSTILE, state: HOSTILE, error_description: HOSTILE }
      await world.handle(new Request(authorizeUrl(fields)))
      await world.handle(tokenRequest({ client_id, code: HOSTILE }))
    }
    const body = JSON.stringify({ redirect_uris: [CALLBACK], client_name: HOSTILE, client_uri: HOSTILE })
    const headers = { "content-type": "application/json" }
    await world.handle(new Request(`${ISSUER}/register`, { method: "POST", headers, body }))
    const seen = new Set(world.events.map(({ event }) => event))
    expect(seen).toContain("code-replayed")
    expect(seen).toContain("client-document-refused")
    for (const event of world.events) {
      const line = eventLine(event, new Date(0))
      expect(line).toMatch(/^[\x20-\x7e]+$/)
      expect(JSON.parse(line)).toEqual({ time: "1970-01-01T00:00:00.000Z", ...event })
    }
  })
})

describe("what can be looked into", () => {
  it("[LOG-02] of a server, its promise and its errors shows no key, secret or token", async () => {
    const encryptionKey = new Uint8Array(32).fill(90)
    const nonceKey = new Uint8Array(32).fill(91)
    const options = {
      issuer: ISSUER,
      resources: [{ resource: NOTES, scopes: { "notes:read": { description: "Read" } } }],
      store: makeMemoryStore(),
      keys: [KEY],
      people: { authenticate: () => Effect.succeed(undefined), find: () => Effect.succeed(undefined) },
      pages: { signIn: () => "", consent: () => "", error: () => "" },
      clients: [
        {
          clientId: "c2",
          name: "Two",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "client_secret_basic" as const,
          secretHash: C2_SECRET_HASH
        }
      ],
      dpop: { nonces: { secret: nonceKey } }
    }
    const ring = { ...options, keys: { encryptionKeys: [encryptionKey] } }
    const servers = [await createAuthorizationServer(options), await createAuthorizationServer(ring)]
    const world = await makeWorld()
    const code = await obtainCode(world)
    const secret = "SELECT a row with a secret"
    /** Wrong options, each with something that must not be shown. */
    const wrong = [
      { ...options, keys: [{ ...KEY, privateKey: { ...KEY.privateKey, crv: "P-999" } }] },
      { ...options, keys: [{ ...KEY, privateKey: { ...KEY.privateKey, x: KEY.privateKey.y } }] },
      { ...options, keys: { encryptionKeys: [encryptionKey.subarray(1)] } },
      { ...options, dpop: { nonces: { secret: nonceKey.subarray(1) } } },
      { ...options, clients: options.clients.map((client) => ({ ...client, secretHash: `${C2_SECRET}!` })) },
      { ...options, registration: { dynamic: { initialAccessTokens: [{ hash: `${C2_SECRET}?` }] } } }
    ]
    const errors: Array<unknown> = [
      new StoreFailed({ operation: "findCode", cause: undefined }),
      new PeopleFailed({ operation: "find", cause: undefined })
    ]
    for (const one of wrong)
      errors.push(
        await createAuthorizationServer(one).then(
          () => expect.unreachable(),
          (error: unknown) => error
        )
      )
    const broken = await createAuthorizationServer({
      ...options,
      store: { ...options.store, purge: () => Effect.fail(new StoreFailed({ operation: "purge", cause: secret })) }
    })
    const purged = await broken.removeExpired()
    expect(Result.isFailure(purged)).toBe(true)
    const shown = [...servers, world.server, ...errors]
      .flatMap((one) => [
        inspect(one, { depth: 20, showHidden: true, getters: true }),
        JSON.stringify(one),
        String(one),
        one instanceof Error ? `${one.stack} ${inspect(one.cause)}` : ""
      ])
      .concat(Result.isFailure(purged) ? [purged.failure.message, JSON.stringify(purged.failure)] : [])
      .join("\n")
    for (const hidden of [
      KEY.privateKey.d,
      C2_SECRET,
      code,
      Buffer.from(encryptionKey).toString("base64url"),
      Buffer.from(encryptionKey).toString("hex"),
      "90, 90, 90",
      "90,90,90",
      '"0":90',
      Buffer.from(nonceKey).toString("base64url"),
      "91, 91, 91",
      '"0":91'
    ]) {
      expect(shown.includes(hidden)).toBe(false)
    }
  })
})

describe("the running authorization server", () => {
  it(
    "[LOG-05] writes down no request: neither code, state and form tokens nor the password",
    { timeout: 120_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "postern-log-"))
      closers.push(() => rmSync(folder, { recursive: true, force: true }))
      const port = await freePort()
      const issuer = `http://127.0.0.1:${port}`
      const resource = "http://127.0.0.1:9/mcp"
      const password = "correct horse battery"
      const file = join(folder, "as.json")
      writeFileSync(join(folder, "encryption.key"), makeEncryptionKey(), { mode: 0o600 })
      writeFileSync(
        file,
        JSON.stringify({
          issuer,
          listen: { port },
          store: `sqlite:${join(folder, "as.sqlite")}`,
          keys: { encryptionKey: `file:${join(folder, "encryption.key")}` },
          resources: [{ resource, scopes: { "notes:read": { description: "Read" } } }],
          accounts: [{ username: "ada", subject: "u1", name: "Ada", password: await hashPassword(password) }],
          clients: [
            { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
            {
              clientId: "c2",
              name: "Two",
              redirectUris: [CALLBACK],
              tokenEndpointAuthMethod: "client_secret_basic",
              secretHash: C2_SECRET_HASH
            }
          ],
          registration: {}
        })
      )
      const main = fileURLToPath(new URL("../apps/authorization-server/src/main.ts", import.meta.url))
      const child = spawn(process.execPath, ["--conditions=@postern/source", main, "--config", file])
      closers.push(() => void child.kill("SIGKILL"))
      let output = ""
      child.stdout.on("data", (data: Buffer) => void (output += data.toString()))
      child.stderr.on("data", (data: Buffer) => void (output += data.toString()))
      await expect.poll(() => output, { timeout: 60_000 }).toContain("listens on")
      const secrets = new Set([password, VERIFIER, C2_SECRET, "state-of-ada", "wrong-password"])
      let cookie = ""
      const send = async (url: string, fields?: Readonly<Record<string, string>>) => {
        const response = await fetch(new URL(url, issuer), {
          redirect: "manual",
          headers: { cookie },
          ...(fields && { method: "POST", body: encode(fields) })
        })
        const set = response.headers.get("set-cookie")?.split(";")[0]
        if (set !== undefined) cookie = set
        secrets.add(cookie.split("=")[1] ?? "")
        return { response, html: await response.text() }
      }
      const submit = (html: string, fields: Readonly<Record<string, string>>) => {
        const form = formOf(html)
        for (const value of Object.values(form.fields)) if (value.length > 20) secrets.add(value)
        return send(form.action, { ...form.fields, ...fields })
      }
      const query = encode({
        response_type: "code",
        client_id: "c1",
        redirect_uri: CALLBACK,
        code_challenge: CHALLENGE,
        code_challenge_method: "S256",
        state: "state-of-ada",
        resource,
        scope: "notes:read"
      })
      const page = await send(`/authorize?${query.toString()}`)
      await submit(page.html, { username: "ada", password: "wrong-password" })
      const signedIn = await submit(page.html, { username: "ada", password })
      const consent = await send(signedIn.response.headers.get("location") ?? "")
      const decided = await submit(consent.html, { decision: "approve" })
      const code = new URL(decided.response.headers.get("location") ?? "").searchParams.get("code") ?? ""
      expect(code).toHaveLength(43)
      secrets.add(code)
      const redeem = { grant_type: "authorization_code", client_id: "c1", code, code_verifier: VERIFIER }
      const bought = await send("/token", redeem)
      const tokens = JSON.parse(bought.html) as Tokens
      for (const token of [tokens.access_token, tokens.refresh_token ?? ""]) secrets.add(token)
      await send("/token", redeem)
      await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { authorization: basic("c2", C2_SECRET) },
        body: encode({ grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" })
      })
      await send(`/authorize?${query.toString()}&scope=twice`)
      child.kill("SIGTERM")
      await new Promise((resolve) => child.once("exit", resolve))
      const lines = output.trim().split("\n")
      // It listened, somebody failed to sign in, and a code came twice: nothing else was written.
      expect(lines).toHaveLength(3)
      expect(output).toContain('"event":"sign-in-failed"')
      expect(output).toContain('"event":"code-replayed"')
      expect(secrets.size).toBeGreaterThan(10)
      for (const secret of secrets) {
        for (const one of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]) {
          expect(output.includes(one)).toBe(false)
        }
      }
      expect(output).not.toContain("/authorize")
    }
  )
})
