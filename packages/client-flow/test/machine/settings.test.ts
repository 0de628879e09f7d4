import { memoryStore } from "@postern/client-flow"
import { makeMachineClient, type MachineClientOptions } from "@postern/client-flow/machine"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ISSUER } from "../world.ts"

const registration = { issuer: ISSUER, clientId: "machine", clientSecret: "s" }
const options: MachineClientOptions = {
  transport: makeTransport(),
  store: memoryStore(),
  registrations: [registration],
  grant: { type: "client_credentials" }
}
const provider = { issuer: "https://idp.example.com", tokenEndpoint: "https://idp.example.com/token", clientId: "c" }
const subjectToken = () => Effect.succeed({ type: "id_token", token: "t" } as const)
const enterprise = (changes: object) => ({
  grant: { type: "enterprise", subjectToken, identityProvider: { ...provider, ...changes } }
})
const clientKey = { algorithm: "ES256", assert: () => Effect.succeed("a.b.c") }

describe("options of a client without a browser", () => {
  const wrong: ReadonlyArray<readonly [string, object]> = [
    ["userAgent", { userAgent: () => Effect.succeed("") }],
    ["scope.offlineAccess", { scope: { offlineAccess: true } }],
    ["scope.extra", { scope: { extra: ["a b"] } }],
    ["registrations", { registrations: [] }],
    ["registrations[0]", { registrations: [{ issuer: ISSUER, clientId: "public" }] }],
    ["registrations[0].issuer", { registrations: [{ ...registration, issuer: "http://as.example.com" }] }],
    ["registrations[0].clientKey", { registrations: [{ ...registration, clientKey }] }],
    ["grant.type", { grant: { type: "password" } }],
    ["grant.type", { grant: { type: "toString" } }],
    ["grant.assertion", { grant: { type: "client_credentials", assertion: () => Effect.succeed("") } }],
    ["grant.identityProvider.secret", enterprise({ secret: "s" })],
    ["grant.identityProvider.issuer", enterprise({ issuer: "idp" })],
    ["grant.identityProvider.tokenEndpoint", enterprise({ tokenEndpoint: "http://idp.example.com/token" })],
    ["grant.identityProvider.clientId", enterprise({ clientId: "" })],
    ["grant.identityProvider.clientKey", enterprise({ clientSecret: "s", clientKey })],
    ["maximumAuthorizations", { maximumAuthorizations: 0 }]
  ]
  it.each(wrong)("[CAU-10] are refused by the name of what is wrong: %s (case %#)", (key, change) => {
    expect(makeMachineClient(Object.assign({}, options, change))).toMatchObject({
      failure: { _tag: "ConfigurationInvalid", key }
    })
  })

  it("make a client when they are right", () => {
    expect(makeMachineClient(options)).toMatchObject({ _tag: "Success" })
    const workload = { type: "workload", assertion: () => Effect.succeed("a.b.c") } as const
    const registrations = [{ issuer: ISSUER, clientId: "public" }]
    expect(makeMachineClient({ ...options, registrations, grant: workload })).toMatchObject({ _tag: "Success" })
    expect(makeMachineClient(Object.assign({}, options, enterprise({})))).toMatchObject({ _tag: "Success" })
  })
})
