import { type AuthorizationServerOptions, makeAuthorizationServer } from "@postern/as-core"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ec, publicJwk } from "../assertion/signing.ts"
import { Web } from "../clients/web.ts"
import {
  C2_SECRET_HASH,
  CALLBACK,
  errorOf,
  ISSUER,
  KEY,
  localErrorOf,
  authorizeUrl,
  makeWorld,
  NOTES
} from "../fixture.ts"
import { document, HOME, ID } from "../clients/web.ts"
import { makeMemoryStore } from "../memory-store.ts"

const options: AuthorizationServerOptions = {
  issuer: ISSUER,
  resources: [{ resource: NOTES, scopes: { "notes:read": { description: "Read notes" } } }],
  store: makeMemoryStore(),
  keys: [KEY],
  people: { authenticate: () => Effect.succeed(undefined), find: () => Effect.succeed(undefined) },
  pages: { signIn: () => "", consent: () => "", error: () => "" }
}
const transport = new Web()
const hash = C2_SECRET_HASH

/** The key that is named as wrong; `undefined` where nothing is. */
const keyOf = (change: object): Promise<string | undefined> =>
  Effect.runPromise(
    Effect.match(makeAuthorizationServer({ ...options, ...change }), {
      onFailure: ({ key }) => key,
      onSuccess: () => undefined
    })
  )

describe("an option of registration", () => {
  it("that is right is taken", async () => {
    for (const change of [
      {
        registration: { documents: { transport, hosts: { allow: ["example.com", "*.example.com"] }, staleSeconds: 0 } }
      },
      { registration: { documents: { transport, hosts: { deny: [] }, staleSeconds: 86_400 } } },
      { registration: { documents: { transport, hosts: () => true, logoTransport: transport } } },
      { registration: { dynamic: { initialAccessTokens: [{ hash }], required: true } } },
      { registration: { dynamic: { initialAccessTokens: [{ hash, expiresAt: 1 }] } } },
      { tokenEndpointAuthMethods: ["private_key_jwt"] },
      { relax: [{ client: "c", allow: "token-endpoint-as-audience", reason: "an old library" }] }
    ]) {
      expect(await keyOf(change), JSON.stringify(change)).toBeUndefined()
    }
  })

  it("that is wrong is named by its key", async () => {
    for (const [key, change] of [
      ["registration.documents.staleSeconds", { documents: { transport, staleSeconds: -1 } }],
      ["registration.documents.staleSeconds", { documents: { transport, staleSeconds: 86_401 } }],
      ["registration.documents.staleSeconds", { documents: { transport, staleSeconds: 1.5 } }],
      ["registration.documents.hosts", { documents: { transport, hosts: {} } }],
      ["registration.documents.hosts", { documents: { transport, hosts: { allow: [], deny: [] } } }],
      ["registration.documents.hosts", { documents: { transport, hosts: { allowed: [] } } }],
      ["registration.documents.hosts.allow", { documents: { transport, hosts: { allow: "example.com" } } }],
      ["registration.documents.hosts.allow[1]", { documents: { transport, hosts: { allow: ["a.b", "A.b"] } } }],
      ["registration.documents.hosts.deny[0]", { documents: { transport, hosts: { deny: ["https://a.b"] } } }],
      ["registration.documents.timeout", { documents: { transport, timeout: 1 } }],
      ["registration.dynamic.maximumClients", { dynamic: { maximumClients: 0 } }],
      ["registration.dynamic.required", { dynamic: { required: true } }],
      ["registration.dynamic.initialAccessTokens[0].hash", { dynamic: { initialAccessTokens: [{ hash: "plain" }] } }],
      ["registration.dynamic.initialAccessTokens[1].hash", { dynamic: { initialAccessTokens: [{ hash }, { hash }] } }],
      [
        "registration.dynamic.initialAccessTokens[0].expiresAt",
        { dynamic: { initialAccessTokens: [{ hash, expiresAt: -1 }] } }
      ],
      [
        "registration.dynamic.initialAccessTokens[0].token",
        { dynamic: { initialAccessTokens: [{ hash, token: "x" }] } }
      ]
    ] as const) {
      expect(await keyOf({ registration: change })).toBe(key)
    }
  })

  it("that offers methods names known ones, each once, and at least one", async () => {
    expect(await keyOf({ tokenEndpointAuthMethods: [] })).toBe("tokenEndpointAuthMethods")
    expect(await keyOf({ tokenEndpointAuthMethods: ["none", "none"] })).toBe("tokenEndpointAuthMethods[1]")
    expect(await keyOf({ tokenEndpointAuthMethods: ["tls_client_auth"] })).toBe("tokenEndpointAuthMethods[0]")
    const documents = { registration: { documents: { transport } } }
    expect(await keyOf({ tokenEndpointAuthMethods: ["client_secret_basic"], ...documents })).toBe(
      "registration.documents"
    )
    const client = { clientId: "c", name: "C", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" }
    expect(await keyOf({ tokenEndpointAuthMethods: ["private_key_jwt"], clients: [client] })).toBe(
      "clients[0].tokenEndpointAuthMethod"
    )
  })

  it("that is an exception names its client, what it allows and why", async () => {
    const right = { client: "c", allow: "token-endpoint-as-audience", reason: "an old library" }
    expect(await keyOf({ relax: [{ ...right, client: "" }] })).toBe("relax[0].client")
    expect(await keyOf({ relax: [{ ...right, allow: "anything" }] })).toBe("relax[0].allow")
    expect(await keyOf({ relax: [right, { ...right, reason: " " }] })).toBe("relax[1].reason")
    expect(await keyOf({ relax: [{ ...right, because: "x" }] })).toBe("relax[0].because")
  })
})

describe("a configured client with a shared secret", () => {
  const client = {
    clientId: "c",
    name: "C",
    redirectUris: [CALLBACK],
    tokenEndpointAuthMethod: "client_secret_basic",
    secretHash: hash
  }

  it("is none that is native or claims a scheme, where the secret would be everybody's", async () => {
    const key = "clients[0].tokenEndpointAuthMethod"
    expect(await keyOf({ clients: [{ ...client, applicationType: "native" }] })).toBe(key)
    const registration = { privateUseSchemes: ["com.example.app"] }
    expect(await keyOf({ clients: [{ ...client, redirectUris: ["com.example.app:/cb"] }], registration })).toBe(key)
    expect(await keyOf({ clients: [client] })).toBeUndefined()
    // A server under development, by the operator's own word.
    expect(await keyOf({ clients: [{ ...client, redirectUris: ["http://127.0.0.1/cb"] }] })).toBeUndefined()
  })
})

describe("a document whose method is not offered", () => {
  it("is refused like any other that cannot be used", async () => {
    const web = new Web()
    const world = await makeWorld({
      clients: [],
      tokenEndpointAuthMethods: ["private_key_jwt"],
      registration: { documents: { transport: web } }
    })
    await localErrorOf(world, authorizeUrl({ client_id: ID, redirect_uri: HOME }))
    expect(world.events[0]?.detail).toBe("none is no method of this server")
    web.next = { text: document({ jwks: { keys: [publicJwk(ec())] }, token_endpoint_auth_method: "private_key_jwt" }) }
    const page = await world.handle(new Request(authorizeUrl({ client_id: ID, redirect_uri: HOME })))
    expect(page.status).toBe(200)
    expect(await errorOf(world.handle(new Request(`${ISSUER}/register`, { method: "POST" })))).toEqual([
      404,
      "not_found"
    ])
  })
})
