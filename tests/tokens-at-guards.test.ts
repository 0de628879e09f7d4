import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto"
import type { AuthorizationServerOptions } from "@postern/as-core"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"

const ISSUER = "https://as.example.com"
const [NOTES, MAIL, FILES] = ["notes", "mail", "files"].map((name) => `https://${name}.example.com/mcp`) as [
  string,
  string,
  string
]
const GROUP = [NOTES, MAIL]
const SECRET = "machine secret"
const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url")

/** An authorization server on SQLite, with a client that acts for itself, and a guard for each of three resources. */
const makeWorld = async () => {
  const store = await Effect.runPromise(openSqliteStore({ path: ":memory:" }))
  const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" })
  const options: AuthorizationServerOptions = {
    issuer: ISSUER,
    resources: [NOTES, MAIL, FILES].map((resource) => ({ resource, scopes: { use: { description: "Use it" } } })),
    store,
    keys: [{ kid: "k1", alg: "ES256", privateKey }],
    people: { authenticate: () => Effect.succeed(undefined), find: () => Effect.succeed(undefined) },
    pages: { signIn: () => "", consent: () => "", error: () => "" },
    audienceGroups: [{ name: "office", resources: GROUP }],
    dpop: {},
    clients: [
      {
        clientId: "machine",
        name: "Machine",
        redirectUris: [],
        tokenEndpointAuthMethod: "client_secret_basic",
        secretHash: sha256(SECRET),
        grantTypes: ["client_credentials"]
      }
    ]
  }
  const server = await createAuthorizationServer(options)
  const { d: _, ...published } = privateKey
  const jwks = { keys: [{ ...published, kid: "k1", alg: "ES256", use: "sig" }] }
  const guards = new Map(
    [NOTES, MAIL, FILES].map((resource) => [
      resource,
      createGuard({
        resource,
        authorizationServers: [{ issuer: ISSUER, jwks }],
        operations: { default: ["use"], tools: { look: ["use"] } },
        dpop: {},
        ...(GROUP.includes(resource) ? { tokens: { audienceGroup: GROUP } } : {})
      })
    ])
  )
  const ask = async (resources: ReadonlyArray<string>, proof?: string) => {
    const body = new URLSearchParams({ grant_type: "client_credentials" })
    for (const resource of resources) body.append("resource", resource)
    const headers = new Headers({ authorization: `Basic ${btoa(`machine:${encodeURIComponent(SECRET)}`)}` })
    if (proof !== undefined) headers.set("dpop", proof)
    const answer = await server.handle(new Request(`${ISSUER}/token`, { method: "POST", headers, body }))
    return (await answer.json()) as { access_token: string; token_type: string; error?: string }
  }
  const statusAt = async (resource: string, authorization: string, proof?: string) => {
    const headers = new Headers({ "content-type": "application/json", authorization })
    if (proof !== undefined) headers.set("dpop", proof)
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "look" } }
    const request = new Request(resource, { method: "POST", headers, body: JSON.stringify(call) })
    const guard = guards.get(resource)
    if (guard === undefined) throw new Error("no such guard")
    return (await guard.handle(request, async (_, { token }) => Response.json(token.subject))).status
  }
  return { ask, statusAt }
}

const proofOf = (key: KeyObject, jwk: object, claims: object): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const issued = { iat: Math.floor(Date.now() / 1000), jti: randomUUID(), htm: "POST" }
  const input = `${part({ typ: "dpop+jwt", alg: "ES256", jwk })}.${part({ ...issued, ...claims })}`
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`
}

it("a token for a group of resources is good at each guard of it, and a guard outside answers 401", async () => {
  const { ask, statusAt } = await makeWorld()
  const group = `Bearer ${(await ask(GROUP)).access_token}`
  const statuses = await Promise.all([NOTES, MAIL, FILES].map((resource) => statusAt(resource, group)))
  expect(statuses).toEqual([200, 200, 401])
  const notes = `Bearer ${(await ask([NOTES])).access_token}`
  expect([await statusAt(NOTES, notes), await statusAt(MAIL, notes)]).toEqual([200, 401])
  expect((await ask([NOTES, FILES])).error).toBe("invalid_target")
})

it("[DPO-06] a token that is bound to a key is good at a guard with a proof of that key alone", async () => {
  const { ask, statusAt } = await makeWorld()
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const jwk = publicKey.export({ format: "jwk" })
  const tokens = await ask([NOTES], proofOf(privateKey, jwk, { htu: `${ISSUER}/token` }))
  expect(tokens.token_type).toBe("DPoP")
  const proof = () => proofOf(privateKey, jwk, { htu: NOTES, ath: sha256(tokens.access_token) })
  expect(await statusAt(NOTES, `DPoP ${tokens.access_token}`, proof())).toBe(200)
  expect(await statusAt(NOTES, `Bearer ${tokens.access_token}`)).toBe(401)
  const thief = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const stolen = proofOf(thief.privateKey, thief.publicKey.export({ format: "jwk" }), {
    htu: NOTES,
    ath: sha256(tokens.access_token)
  })
  expect(await statusAt(NOTES, `DPoP ${tokens.access_token}`, stolen)).toBe(401)
})
