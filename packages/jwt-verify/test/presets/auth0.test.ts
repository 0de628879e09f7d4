import { auth0 } from "@postern/jwt-verify/presets"
import { describe, expect, it } from "vitest"
import { auth0Tokens as tokens, domain, rfc9068Token, userinfo } from "./fixtures/auth0.ts"
import { accept, optionRefused, OURS, refuse, THEIRS } from "./provider.ts"

describe("Auth0", () => {
  const preset = auth0({ domain, audience: OURS })

  it("knows the issuer, with its slash, and where its keys are", () => {
    expect(preset).toMatchObject({
      issuer: "https://example.eu.auth0.com/",
      jwksUri: "https://example.eu.auth0.com/.well-known/jwks.json"
    })
  })

  it("accepts an access token of either profile", async () => {
    expect(await accept(preset, tokens.accessToken)).toEqual({
      subject: "auth0|123456",
      clientId: "my_client_id",
      scopes: ["openid", "profile", "read:notes"],
      audience: ["https://mcp.example.com/mcp", "https://example.eu.auth0.com/userinfo"],
      id: undefined
    })
    expect(await accept(preset, rfc9068Token)).toEqual({
      subject: "auth0|123456",
      clientId: "my_client_id",
      scopes: ["read:notes"],
      audience: ["https://mcp.example.com/mcp"],
      id: "73WakrfVbNJBaAmhQtEeDv"
    })
    const application = { sub: "my_client_id@clients", gty: "client-credentials", aud: OURS, scope: undefined }
    expect((await accept(preset, tokens.accessToken, application)).scopes).toEqual([])
  })

  it("refuses a token for another API, for userinfo alone, and for others too", async () => {
    for (const aud of [THEIRS, userinfo, [THEIRS, userinfo], `${OURS}/`]) {
      expect(await refuse(preset, tokens.accessToken, { aud })).toBe("AudienceMismatch other")
    }
    expect(await refuse(preset, tokens.accessToken, { aud: [OURS, THEIRS] })).toBe("AudienceMismatch foreign")
    const other = [OURS, "https://other.eu.auth0.com/userinfo"]
    expect(await refuse(preset, tokens.accessToken, { aud: other })).toBe("AudienceMismatch foreign")
  })

  it("[JWT-29] refuses an ID token", async () => {
    expect(await refuse(preset, tokens.idToken)).toBe("ClaimInvalid nonce")
    expect(await refuse(preset, tokens.idToken, { nonce: undefined })).toBe("AudienceMismatch other")
    for (const aud of [["my_client_id", OURS], OURS]) {
      expect(await refuse(preset, tokens.idToken, { aud })).toBe("ClaimInvalid nonce")
      expect(await refuse(preset, tokens.idToken, { aud, nonce: undefined })).not.toBe("accepted")
    }
  })

  it("does not take a user's permissions for the client's scopes", async () => {
    expect((await accept(preset, rfc9068Token, { scope: "openid" })).scopes).toEqual(["openid"])
  })

  it("cannot tell an ID token where a client's id is the audience, and says so", async () => {
    const careless = auth0({ domain, audience: "my_client_id" })
    const text = { nonce: undefined, azp: "my_client_id" }
    expect((await accept(careless, tokens.idToken, text)).subject).toBe("auth0|123456")
    expect(preset.dialect?.unprotected[0]).toContain("never give a client's id as `audience`")
  })

  it("refuses options that are no host", () => {
    for (const wrong of [
      "https://example.auth0.com",
      "example.auth0.com/",
      "Example.auth0.com",
      "example",
      "",
      "a..b"
    ]) {
      expect(optionRefused(() => auth0({ domain: wrong, audience: OURS }))).toBe("ConfigurationInvalid domain")
    }
  })
})
