import { entraV1, entraV2 } from "@postern/jwt-verify/presets"
import { describe, expect, it } from "vitest"
import { api, client, otherApi, tenant, v1, v2 } from "./fixtures/entra.ts"
import { accept, optionRefused, refuse } from "./provider.ts"

describe("Microsoft Entra ID, tokens of version 2", () => {
  const preset = entraV2({ tenant, audience: api })

  it("knows the issuer and where its keys are", () => {
    expect(preset).toMatchObject({
      issuer: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
      jwksUri: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/discovery/v2.0/keys",
      audience: ["aaaaaaaa-0000-4000-8000-000000000001"],
      algorithms: ["RS256"]
    })
  })

  it("accepts a user's access token", async () => {
    expect(await accept(preset, v2.accessToken)).toEqual({
      subject: "pairwise-subject-of-the-user",
      clientId: "bbbbbbbb-0000-4000-8000-000000000001",
      scopes: ["Notes.Read", "Notes.Write"],
      audience: ["aaaaaaaa-0000-4000-8000-000000000001"],
      id: "token-id-1"
    })
  })

  it("names scopes as clients ask for them when it is told the prefix", async () => {
    const prefixed = entraV2({ tenant, audience: api, scopePrefix: `api://${api}/` })
    expect((await accept(prefixed, v2.accessToken)).scopes).toEqual([
      "api://aaaaaaaa-0000-4000-8000-000000000001/Notes.Read",
      "api://aaaaaaaa-0000-4000-8000-000000000001/Notes.Write"
    ])
  })

  it("refuses a token for another API, for Graph and for the client", async () => {
    for (const aud of [otherApi, "00000003-0000-0000-c000-000000000000", client, `api://${api}`]) {
      expect(await refuse(preset, v2.accessToken, { aud })).toBe("AudienceMismatch other")
    }
  })

  it("[JWT-29] refuses an ID token, also of an app that is client and API in one", async () => {
    expect(await refuse(preset, v2.idToken)).toBe("ClaimInvalid nonce")
    for (const aud of [client, api, [client, api]]) {
      for (const nonce of ["12345", undefined]) {
        expect(await refuse(preset, v2.idToken, { aud, nonce })).not.toBe("accepted")
      }
    }
    expect(await refuse(preset, v2.idToken, { aud: api, nonce: undefined })).toBe("ClaimMissing scp")
  })

  it("refuses a token of version 1 and one of another tenant", async () => {
    expect(await refuse(preset, v1.accessToken, { aud: api })).toBe("IssuerMismatch")
    expect(await refuse(preset, v2.accessToken, { ver: "1.0" })).toBe("ClaimInvalid ver")
    expect(await refuse(preset, v2.accessToken, { ver: undefined })).toBe("ClaimMissing ver")
    const iss = "https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0"
    expect(await refuse(preset, v2.accessToken, { iss })).toBe("IssuerMismatch")
  })

  it("takes an application's roles for scopes only when told, and never a user's beside scp", async () => {
    const application = { scp: undefined, roles: ["Notes.Read.All"], idtyp: "app" }
    expect(await refuse(preset, v2.accessToken, application)).toBe("ClaimMissing scp")
    const withRoles = entraV2({ tenant, audience: api, applicationRoles: true })
    expect((await accept(withRoles, v2.accessToken, application)).scopes).toEqual(["Notes.Read.All"])
    expect((await accept(withRoles, v2.accessToken, { roles: ["Admin"] })).scopes).toEqual([
      "Notes.Read",
      "Notes.Write"
    ])
    expect((await accept(withRoles, v2.accessToken, { scp: "", roles: ["Admin"] })).scopes).toEqual([])
    expect(await refuse(withRoles, v2.accessToken, { ...application, roles: undefined })).toBe("ClaimMissing scp")
  })

  it("cannot tell servers apart that share a registration, and says so", async () => {
    expect((await accept(preset, v2.accessToken, { scp: "Mail.Read" })).scopes).toEqual(["Mail.Read"])
    expect(preset.dialect?.unprotected[0]).toBe(
      "`aud` names the app registration: servers that share one registration accept each other's tokens."
    )
  })

  it("refuses options that name no tenant by its id", () => {
    const upper = "AAAAAAAA-2222-3333-4444-555555555555"
    for (const wrong of ["common", "organizations", "contoso.onmicrosoft.com", upper, "", "../x"]) {
      expect(optionRefused(() => entraV2({ tenant: wrong, audience: api }))).toBe("ConfigurationInvalid tenant")
    }
    expect(optionRefused(() => entraV2({ tenant, audience: [] }))).toBe("ConfigurationInvalid audience")
    expect(optionRefused(() => entraV2({ tenant, audience: "" }))).toBe("ConfigurationInvalid audience")
    expect(optionRefused(() => entraV2({ tenant, audience: api, scopePrefix: "api://x" }))).toBe(
      "ConfigurationInvalid scopePrefix"
    )
    const misspelt = { tenant, audience: api, applicationrole: true }
    expect(optionRefused(() => entraV2(misspelt))).toBe("ConfigurationInvalid applicationrole")
  })
})

describe("Microsoft Entra ID, tokens of version 1", () => {
  const preset = entraV1({ tenant, audience: [`api://${api}`, api] })

  it("knows the issuer, with its slash, and where its keys are", () => {
    expect(preset).toMatchObject({
      issuer: "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
      jwksUri: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/discovery/keys"
    })
  })

  it("accepts a user's access token under either name of the API", async () => {
    expect(await accept(preset, v1.accessToken)).toEqual({
      subject: "pairwise-subject-of-the-user",
      clientId: "bbbbbbbb-0000-4000-8000-000000000001",
      scopes: ["Notes.Read"],
      audience: ["api://aaaaaaaa-0000-4000-8000-000000000001"],
      id: "token-id-1"
    })
    expect((await accept(preset, v1.accessToken, { aud: api })).audience).toEqual([api])
  })

  it("refuses a token for another API", async () => {
    for (const aud of [otherApi, `api://${otherApi}`, "https://graph.microsoft.com", `api://${api}/`]) {
      expect(await refuse(preset, v1.accessToken, { aud })).toBe("AudienceMismatch other")
    }
  })

  it("[JWT-29] refuses an ID token, also of an app that is client and API in one", async () => {
    expect(await refuse(preset, v1.idToken)).toBe("ClaimInvalid nonce")
    for (const aud of [client, api, [client, api]]) {
      for (const nonce of ["12345", undefined]) {
        expect(await refuse(preset, v1.idToken, { aud, nonce })).not.toBe("accepted")
      }
    }
  })

  it("refuses a token of version 2", async () => {
    expect(await refuse(preset, v2.accessToken)).toBe("IssuerMismatch")
    expect(await refuse(preset, v1.accessToken, { ver: "2.0" })).toBe("ClaimInvalid ver")
  })

  it("says that the client chooses which name stands in aud", () => {
    expect(preset.dialect?.unprotected[0]).toContain("`aud` is what the client asked for")
  })
})
