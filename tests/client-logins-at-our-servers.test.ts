import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pages } from "@postern/app-authorization-server"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import { generateKeyPair } from "@postern/bytes"
import { type ClientOptions, memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { makeFileStore } from "@postern/node"
import { createGuard } from "@postern/resource-server/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { ISSUER, MAIL, makeBrowser, NOTES } from "./server-world.ts"

const ada = { subject: "ada", name: "Ada", roles: [] }
const scopes = { read: { description: "Read" } }

/** Our authorization server with two guards, whose servers may trust each other, and a client. */
const makeWorld = async (options: Pick<ClientOptions, "sharedResources"> = {}, store = memoryStore()) => {
  const signing = await Effect.runPromise(generateKeyPair("ES256"))
  const server = await createAuthorizationServer({
    issuer: ISSUER,
    resources: [NOTES, MAIL].map((resource) => ({ resource, scopes })),
    audienceGroups: [{ name: "office", resources: [NOTES, MAIL] }],
    store: await Effect.runPromise(openSqliteStore({ path: ":memory:" })),
    keys: [{ kid: "k1", alg: "ES256", privateKey: signing.privateJwk }],
    people: { authenticate: () => Effect.succeed(ada), find: () => Effect.succeed(ada) },
    pages,
    registration: { dynamic: {} }
  })
  const guards = [NOTES, MAIL].map((resource) =>
    createGuard({
      resource,
      authorizationServers: [
        { issuer: ISSUER, jwks: { keys: [{ ...signing.publicJwk, kid: "k1", alg: "ES256", use: "sig" }] } }
      ],
      operations: { default: ["read"], tools: { look: [] } },
      tokens: { foreignAudiences: [NOTES, MAIL] }
    })
  )
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { origin } = new URL(request.url)
    const guard = guards.find(({ resource }) => new URL(resource).origin === origin)
    return guard?.handle(request, async (_, { token }) => Response.json(token.audience)) ?? server.handle(request)
  }
  const browser = makeBrowser(server)
  const logins: Array<string> = []
  const connect = (more: Partial<Pick<ClientOptions, "account" | "store"> & { readonly redirectUri: string }> = {}) =>
    createClient({
      transport: makeTransport({ fetch }),
      resourceFetch: fetch,
      store,
      redirectUri: "http://127.0.0.1:3999/callback",
      clientMetadata: { client_name: "Office" },
      userAgent: async ({ authorizationUrl }) => {
        logins.push(authorizationUrl)
        return (await browser.approve(authorizationUrl)).href
      },
      ...options,
      ...more
    })
  const client = connect()
  const audience = async (resource: string): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "look" } })
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" }
    return Result.getOrThrow(
      await client.fetch(resource, new Request(resource, { method: "POST", headers, body }))
    ).json()
  }
  return { audience, client, connect, fetch, logins, store }
}

it("[STO-09] [REV-02] who signs out has no refresh token at our server that is worth anything, and says what was revoked", async () => {
  const { audience, client, fetch, store } = await makeWorld()
  await audience(NOTES)
  const [held] = await Effect.runPromise(store.listCredentials)
  const [outcome] = Result.getOrThrow(await client.signOut(NOTES))
  expect(outcome?.tokens[0]).toEqual({ kind: "refresh", revoked: true })
  expect(await Effect.runPromise(store.listCredentials)).toEqual([])
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: held?.refreshToken ?? "",
    client_id: held?.clientId ?? ""
  })
  const answer = await fetch(`${ISSUER}/token`, { method: "POST", body })
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_grant" }])
})

it("two people's logins at our server go on after the client has registered again, in any process that has the file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-registrations-"))
  const open = () => makeFileStore({ path: join(folder, "credentials.json") })
  const store = open()
  const { connect, fetch, logins } = await makeWorld({}, store)
  const people = [
    { account: "ada", redirectUri: "http://127.0.0.1:3999/callback" },
    { account: "bob", redirectUri: "http://127.0.0.1:3999/another" }
  ]
  const tokenOf = async (person: (typeof people)[number]) =>
    Result.getOrThrow(await connect({ ...person, store: open() }).accessToken(NOTES))
  for (const person of people)
    Result.getOrThrow(await connect({ ...person, store: open() }).authorize({ resource: NOTES }))
  const before = await Effect.runPromise(store.listCredentials)
  expect(new Set(before.map(({ clientId }) => clientId)).size).toBe(2)
  for (let round = 0; round < 2; round++) {
    for (const held of await Effect.runPromise(store.listCredentials)) {
      await Effect.runPromise(store.saveCredentials({ ...held, expiresAt: 0 }))
    }
    const tokens = await Promise.all(people.map(tokenOf))
    const now = await Effect.runPromise(store.listCredentials)
    expect(new Set(now.map(({ accessToken }) => accessToken))).toEqual(new Set(tokens))
    expect(tokens).not.toContain(before[0]?.accessToken)
  }
  expect(logins).toHaveLength(2)

  const [last] = await Effect.runPromise(store.findCredentials(NOTES, "ada"))
  const [outcome] = Result.getOrThrow(await connect({ account: "ada", store: open() }).signOut(NOTES))
  expect(outcome?.tokens[0]).toEqual({ kind: "refresh", revoked: true })
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: last?.refreshToken ?? "",
    client_id: last?.clientId ?? ""
  })
  expect(await (await fetch(`${ISSUER}/token`, { method: "POST", body })).json()).toMatchObject({
    error: "invalid_grant"
  })
  expect(await Effect.runPromise(store.listCredentials)).toMatchObject([{ account: "bob" }])
  rmSync(folder, { recursive: true })
})

it("[AUD-16] [MIX-14] two resources have a token each at our servers, or one where both sides say so", async () => {
  const apart = await makeWorld()
  expect([await apart.audience(NOTES), await apart.audience(MAIL)]).toEqual([[NOTES], [MAIL]])
  expect(apart.logins).toHaveLength(2)

  const together = await makeWorld({ sharedResources: [{ issuer: ISSUER, resources: [NOTES, MAIL] }] })
  const both = [MAIL, NOTES].toSorted()
  expect(await together.audience(NOTES)).toEqual(both)
  expect(await together.audience(MAIL)).toEqual(both)
  expect(together.logins).toHaveLength(1)
  const [held] = await Effect.runPromise(together.store.listCredentials)
  if (held) await Effect.runPromise(together.store.saveCredentials({ ...held, expiresAt: 0 }))
  expect(await together.audience(MAIL)).toEqual(both)
  expect(together.logins).toHaveLength(1)
})
