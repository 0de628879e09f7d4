import { okta } from "@postern/jwt-verify/presets"
import { describe, expect, it } from "vitest"
import { domain, oktaTokens as tokens } from "./fixtures/okta.ts"
import { accept, optionRefused, OURS, refuse, THEIRS } from "./provider.ts"

describe("Okta", () => {
  const preset = okta({ domain, authorizationServer: "ausabc123", audience: OURS })

  it("knows the issuer and where its keys are", () => {
    expect(preset).toMatchObject({
      issuer: "https://example.okta.com/oauth2/ausabc123",
      jwksUri: "https://example.okta.com/oauth2/ausabc123/v1/keys"
    })
  })

  it("accepts an access token, and names the user by the id that does not change", async () => {
    expect(await accept(preset, tokens.accessToken)).toEqual({
      subject: "00ujmkLgagxeRrAg20g3",
      clientId: "nmdP1fcyvdVO11AL7ECm",
      scopes: ["openid", "notes.read"],
      audience: ["https://mcp.example.com/mcp"],
      id: "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE"
    })
    const application = { uid: undefined, sub: "nmdP1fcyvdVO11AL7ECm", scp: ["notes.read"] }
    expect((await accept(preset, tokens.accessToken, application)).subject).toBe("nmdP1fcyvdVO11AL7ECm")
  })

  it("refuses a token for another audience and scopes in another form", async () => {
    for (const aud of [THEIRS, "api://default", "https://example.okta.com"]) {
      expect(await refuse(preset, tokens.accessToken, { aud })).toBe("AudienceMismatch other")
    }
    expect(await refuse(preset, tokens.accessToken, { scp: "notes.read" })).toBe("ClaimInvalid scp")
    expect(await refuse(preset, tokens.accessToken, { scp: undefined, scope: "notes.read" })).toBe("ClaimMissing scp")
  })

  it("[JWT-29] refuses an ID token", async () => {
    for (const aud of ["nmdP1fcyvdVO11AL7ECm", ["nmdP1fcyvdVO11AL7ECm", OURS], OURS]) {
      expect(await refuse(preset, tokens.idToken, { aud })).toBe("ClaimInvalid nonce")
      expect(await refuse(preset, tokens.idToken, { aud, nonce: undefined })).toBe("ClaimInvalid at_hash")
      const bare = { aud, nonce: undefined, at_hash: undefined }
      expect(await refuse(preset, tokens.idToken, bare)).toBe("ClaimMissing scp")
    }
  })

  it("refuses a token of the org's own server and of another server", async () => {
    for (const iss of ["https://example.okta.com", "https://example.okta.com/oauth2/default"]) {
      expect(await refuse(preset, tokens.accessToken, { iss })).toBe("IssuerMismatch")
    }
  })

  it("cannot tell servers apart that stand behind one authorization server, and says so", async () => {
    expect((await accept(preset, tokens.accessToken, { scp: ["mail.read"] })).scopes).toEqual(["mail.read"])
    expect(preset.dialect?.unprotected[0]).toBe(
      "An authorization server has one audience: all servers behind it accept each other's tokens. Give each its own."
    )
  })

  it("refuses options that name no custom authorization server", () => {
    for (const authorizationServer of ["", "a/b", "https://example.okta.com", undefined]) {
      const options = { domain, authorizationServer: authorizationServer as string, audience: OURS }
      expect(optionRefused(() => okta(options))).toBe("ConfigurationInvalid authorizationServer")
    }
  })
})
