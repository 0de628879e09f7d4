import { type ClientOptions, makeClient, memoryStore } from "@postern/client-flow"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { call, failure, ISSUER, makeWorld, RESOURCE } from "./world.ts"

const options: ClientOptions = {
  transport: makeTransport(),
  store: memoryStore(),
  userAgent: () => Effect.succeed(""),
  redirectUri: "http://127.0.0.1/callback",
  clientMetadata: { client_name: "Test" }
}

describe("options", () => {
  const registration = { issuer: ISSUER, clientId: "c" }
  const wrong: ReadonlyArray<readonly [string, Partial<ClientOptions> & Record<string, unknown>]> = [
    ["lenient", { lenient: true }],
    ["account", { account: "" }],
    ["clientIdMetadataUrl", { clientIdMetadataUrl: "http://client.example/c.json" }],
    ["clientIdMetadataUrl", { clientIdMetadataUrl: "https://client.example" }],
    ["redirectUri", { redirectUri: "http://client.example/callback" }],
    ["redirectUri", { redirectUri: "https://client.example/callback#f" }],
    ["clientMetadata.client_name", { clientMetadata: { client_name: " " } }],
    ["registrations[0].issuer", { registrations: [{ ...registration, issuer: "http://as.example.com" }] }],
    ["registrations[0].issuer", { registrations: [registration, registration] }],
    ["registrations[0].clientId", { registrations: [{ ...registration, clientId: "" }] }],
    ["registrations[0].clientSecret", { registrations: [{ ...registration, clientSecret: "a\nb" }] }],
    [
      "registrations[0].tokenEndpointAuthMethod",
      { registrations: [{ ...registration, tokenEndpointAuthMethod: "client_secret_post" }] }
    ],
    [
      "registrations[0].tokenEndpointAuthMethod",
      { registrations: [{ ...registration, clientSecret: "s", tokenEndpointAuthMethod: "none" }] }
    ],
    [
      "registrations[0].clientKey",
      {
        registrations: [
          { ...registration, clientSecret: "s", clientKey: { algorithm: "ES256", assert: () => Effect.succeed("") } }
        ]
      }
    ],
    [
      "registrations[0].tokenEndpointAuthMethod",
      { registrations: [{ ...registration, clientSecret: "s", tokenEndpointAuthMethod: "private_key_jwt" }] }
    ],
    ["clientIdMetadataKey", { clientIdMetadataKey: { algorithm: "ES256", assert: () => Effect.succeed("") } }],
    ["relax[0].issuer", { relax: [{ issuer: "*", allow: "pkce-metadata-absent", reason: "r" }] }],
    ["relax[0].reason", { relax: [{ issuer: ISSUER, allow: "pkce-metadata-absent", reason: "" }] }],
    ["scope.extra", { scope: { extra: ["a b"] } }],
    ["maximumAuthorizations", { maximumAuthorizations: 0 }],
    ["maximumAuthorizations", { maximumAuthorizations: 11 }]
  ]

  it.each(wrong)("are refused by the name of what is wrong: %s (case %#)", (key, change) => {
    expect(makeClient({ ...options, ...change })).toMatchObject({
      failure: { _tag: "ConfigurationInvalid", kind: "rejection", key }
    })
  })

  it("know no exception but the named ones", () => {
    const relax: unknown = [{ issuer: ISSUER, allow: "everything", reason: "r" }]
    const unnamed = Object.assign({}, options, { relax })
    expect(makeClient(unnamed)).toMatchObject({ failure: { key: "relax[0].allow" } })
  })

  it.each([
    ["scope.offlineAcces", { scope: { offlineAcces: false } }],
    ["registrations[0].secret", { registrations: [{ ...registration, secret: "s" }] }],
    ["relax[0].until", { relax: [{ issuer: ISSUER, allow: "pkce-metadata-absent", reason: "r", until: 1 }] }]
  ])("are refused where %s is no option", (key, change) => {
    expect(makeClient(Object.assign({}, options, change))).toMatchObject({
      failure: { _tag: "ConfigurationInvalid", key, reason: "is not an option" }
    })
  })

  it("make a client when they are right", () => {
    expect(makeClient(options)).toMatchObject({ _tag: "Success" })
  })

  it("check a redirect URI that is made for each flow, when it is made", async () => {
    const client = makeWorld().client({ redirectUri: Effect.succeed("http://client.example/callback") })
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "TransportInsecure" })
  })
})
