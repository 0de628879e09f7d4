import { keycloak } from "@postern/jwt-verify/presets"
import { describe, expect, it } from "vitest"
import { keycloakTokens as tokens } from "./fixtures/keycloak.ts"
import { accept, optionRefused, OURS, refuse, THEIRS } from "./provider.ts"

const server = "https://keycloak.example.com"

describe("Keycloak", () => {
  const preset = keycloak({ server, realm: "staff", audience: OURS })

  it("knows the issuer and where its keys are", () => {
    expect(preset).toMatchObject({
      issuer: "https://keycloak.example.com/realms/staff",
      jwksUri: "https://keycloak.example.com/realms/staff/protocol/openid-connect/certs"
    })
    expect(keycloak({ server: "http://localhost:8080/auth", realm: "a.b", audience: OURS }).issuer).toBe(
      "http://localhost:8080/auth/realms/a.b"
    )
  })

  it("accepts an access token, whichever type its header has", async () => {
    const said = {
      subject: "dddddddd-0000-4000-8000-000000000001",
      clientId: "mcp-client",
      scopes: ["openid", "mcp:tools", "email"],
      audience: ["https://mcp.example.com/mcp", "account"],
      id: "onrtac:4f1c1f0e-0000-4000-8000-000000000001"
    }
    expect(await accept(preset, tokens.accessToken)).toEqual(said)
    expect(await accept(preset, { ...tokens.accessToken, header: { typ: "at+jwt" } })).toEqual(said)
    expect((await accept(preset, tokens.accessToken, { nonce: "12345", aud: OURS })).audience).toEqual([OURS])
  })

  it("refuses a token for another API, and one that another may use too", async () => {
    for (const aud of [THEIRS, "account", [THEIRS, "account"], "mcp-client"]) {
      expect(await refuse(preset, tokens.accessToken, { aud })).toBe("AudienceMismatch other")
    }
    expect(await refuse(preset, tokens.accessToken, { aud: undefined })).toBe("AudienceMismatch absent")
    expect(await refuse(preset, tokens.accessToken, { aud: [OURS, THEIRS] })).toBe("AudienceMismatch foreign")
    const shared = keycloak({ server, realm: "staff", audience: OURS, foreignAudiences: [THEIRS] })
    expect((await accept(shared, tokens.accessToken, { aud: [OURS, THEIRS, "account"] })).clientId).toBe("mcp-client")
  })

  it("[JWT-29] refuses an ID token, and refresh, offline and logout tokens", async () => {
    for (const aud of ["mcp-client", ["mcp-client", OURS], OURS]) {
      expect(await refuse(preset, tokens.idToken, { aud })).toBe("ClaimInvalid typ")
    }
    for (const typ of ["Refresh", "Offline", "Logout", "Serialized-ID", "bearer", 1]) {
      expect(await refuse(preset, tokens.accessToken, { typ })).toBe("ClaimInvalid typ")
    }
    expect(await refuse(preset, tokens.accessToken, { typ: undefined })).toBe("ClaimMissing typ")
    expect(await refuse(preset, { ...tokens.accessToken, header: { typ: "logout+jwt" } })).toBe("TypeMismatch")
  })

  it("refuses a token of another realm", async () => {
    const iss = "https://keycloak.example.com/realms/customers"
    expect(await refuse(preset, tokens.accessToken, { iss })).toBe("IssuerMismatch")
  })

  it("cannot tell a token whose audience a mapper adds always, and says so", async () => {
    expect((await accept(preset, tokens.accessToken, { scope: "mail:read" })).scopes).toEqual(["mail:read"])
    expect(preset.dialect?.unprotected[0]).toContain("names this server in every token of every client")
  })

  it("refuses options that make no issuer", () => {
    for (const wrong of [
      "https://k.example.com/",
      "keycloak.example.com",
      "http://k.example.com",
      "",
      "https://k/?a"
    ]) {
      expect(optionRefused(() => keycloak({ server: wrong, realm: "staff", audience: OURS }))).toBe(
        "ConfigurationInvalid server"
      )
    }
    for (const realm of ["", "a/b", "a b", "..%2F"]) {
      expect(optionRefused(() => keycloak({ server, realm, audience: OURS }))).toBe("ConfigurationInvalid realm")
    }
  })
})
