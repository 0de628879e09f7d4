import { cognito, type CognitoOptions } from "@postern/jwt-verify/presets"
import { describe, expect, it } from "vitest"
import { client, cognitoTokens as tokens, otherClient, region, userPool } from "./fixtures/cognito.ts"
import { accept, optionRefused, OURS, refuse, THEIRS } from "./provider.ts"

const pool = { region, userPool }
const byClient = cognito({ ...pool, strategy: "client", clients: [client], audience: OURS })
const byScope = cognito({ ...pool, strategy: "scope-prefix", resourceServer: "notes", audience: OURS })
const byResource = cognito({ ...pool, strategy: "resource", audience: OURS })

const said = {
  subject: "eeeeeeee-0000-4000-8000-000000000001",
  clientId: "1example23456789",
  scopes: ["openid", "notes/read", "notes/write"],
  id: "eeeeeeee-0000-4000-8000-000000000004"
}

describe("Amazon Cognito", () => {
  it("knows the issuer and where its keys are", () => {
    expect(byClient).toMatchObject({
      issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example1",
      jwksUri: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example1/.well-known/jwks.json"
    })
  })

  it("[JWT-29] refuses an ID token, however its tokens are told apart", async () => {
    for (const preset of [byClient, byScope, byResource]) {
      for (const aud of [client, [client, OURS], OURS]) {
        const disguised = { aud, client_id: client, scope: "notes/read" }
        expect(await refuse(preset, tokens.idToken, { aud })).toBe("ClaimInvalid token_use")
        expect(await refuse(preset, tokens.idToken, disguised)).toBe("ClaimInvalid token_use")
      }
      expect(await refuse(preset, tokens.accessToken, { token_use: undefined })).toBe("ClaimMissing token_use")
    }
  })

  it("refuses a token of another pool", async () => {
    const iss = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example2"
    expect(await refuse(byClient, tokens.accessToken, { iss })).toBe("IssuerMismatch")
  })

  it("refuses options that do not belong together", () => {
    const wrong: ReadonlyArray<readonly [string, object]> = [
      ["region", { region: "Frankfurt", userPool, strategy: "client", clients: [client] }],
      ["userPool", { region, userPool: "Example1", strategy: "client", clients: [client] }],
      ["userPool", { region, userPool: "us-east-1_Example1", strategy: "client", clients: [client] }],
      ["strategy", { ...pool, clients: [client] }],
      ["strategy", { ...pool, strategy: "none" }],
      ["clients", { ...pool, strategy: "client", clients: [] }],
      ["clients", { ...pool, strategy: "client" }],
      ["clients", { ...pool, strategy: "client", clients: () => true }],
      ["resourceServer", { ...pool, strategy: "scope-prefix" }],
      ["audience", { ...pool, strategy: "resource" }],
      ["resource", { ...pool, strategy: "resource", audience: OURS, resource: OURS }]
    ]
    for (const [key, options] of wrong) {
      expect(optionRefused(() => cognito(options as CognitoOptions))).toBe(`ConfigurationInvalid ${key}`)
    }
  })
})

describe("Amazon Cognito, told by the app client", () => {
  it("accepts a token of a listed client", async () => {
    expect(await accept(byClient, tokens.accessToken)).toEqual({ ...said, audience: ["1example23456789"] })
    expect((await accept(byClient, tokens.accessToken, { aud: OURS })).clientId).toBe("1example23456789")
  })

  it("refuses a token of another client, and one that names another resource", async () => {
    expect(await refuse(byClient, tokens.accessToken, { client_id: otherClient })).toBe("AudienceMismatch other")
    expect(await refuse(byClient, tokens.accessToken, { aud: THEIRS })).toBe("AudienceMismatch other")
  })

  it("cannot tell for which server a listed client got the token, and says so", async () => {
    expect((await accept(byClient, tokens.accessToken, { scope: "mail/read" })).scopes).toEqual(["mail/read"])
    expect(byClient.dialect?.unprotected[0]).toBe(
      "Without `aud` a token is told apart by its app client alone: one that a listed client got for another server of the pool is accepted here."
    )
  })
})

describe("Amazon Cognito, told by a scope of the resource server", () => {
  it("accepts a token with one of our scopes", async () => {
    expect(await accept(byScope, tokens.accessToken)).toEqual({ ...said, audience: ["notes"] })
    const application = { scope: "notes/read", sub: client, username: undefined }
    expect((await accept(byScope, tokens.accessToken, application)).subject).toBe(client)
  })

  it("refuses a token for another resource server, or for others too", async () => {
    expect(await refuse(byScope, tokens.accessToken, { scope: "mail/read" })).toBe("AudienceMismatch other")
    expect(await refuse(byScope, tokens.accessToken, { scope: "notes/mail/read" })).toBe("AudienceMismatch other")
    expect(await refuse(byScope, tokens.accessToken, { scope: "aws.cognito.signin.user.admin" })).toBe(
      "AudienceMismatch absent"
    )
    expect(await refuse(byScope, tokens.accessToken, { scope: "notes/read mail/read" })).toBe(
      "AudienceMismatch foreign"
    )
    expect(await refuse(byScope, tokens.accessToken, { aud: THEIRS })).toBe("AudienceMismatch other")
    const shared = cognito({
      ...pool,
      strategy: "scope-prefix",
      resourceServer: "notes",
      foreignAudiences: ["mail"],
      clients: [client]
    })
    expect((await accept(shared, tokens.accessToken, { scope: "notes/read mail/read" })).clientId).toBe(client)
    expect(await refuse(shared, tokens.accessToken, { client_id: otherClient })).toBe("ClientForbidden")
  })
})

describe("Amazon Cognito, told by the resource that the client named", () => {
  it("accepts a token that names us and no other", async () => {
    expect(await accept(byResource, tokens.accessToken, { aud: OURS })).toEqual({ ...said, audience: [OURS] })
    expect(await refuse(byResource, tokens.accessToken, { aud: THEIRS })).toBe("AudienceMismatch other")
    expect(await refuse(byResource, tokens.accessToken)).toBe("AudienceMismatch absent")
  })
})
