import { clerk, type ClerkOptions } from "@postern/jwt-verify/presets"
import { describe, expect, it } from "vitest"
import { clerkTokens as tokens, domain, machineToken, sessionToken } from "./fixtures/clerk.ts"
import { accept, optionRefused, OURS, refuse, THEIRS } from "./provider.ts"

const CLIENT = "client_2VTWUzvGC5UhdJCNx6xG1D98edc"
const byAudience = clerk({ domain, audience: OURS })
const byClient = clerk({ domain, clients: [CLIENT] })

describe("Clerk", () => {
  it("knows the issuer and where its keys are", () => {
    expect(byAudience).toMatchObject({
      issuer: "https://clerk.example.com",
      jwksUri: "https://clerk.example.com/.well-known/jwks.json"
    })
  })

  it("accepts an access token with its scopes in either form", async () => {
    expect(await accept(byAudience, tokens.accessToken)).toEqual({
      subject: "user_2vYVtestTESTtestTESTtestTESTtest",
      clientId: "client_2VTWUzvGC5UhdJCNx6xG1D98edc",
      scopes: ["openid", "notes:read"],
      audience: ["https://mcp.example.com/mcp"],
      id: "oat_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE"
    })
    expect((await accept(byAudience, tokens.accessToken, { scp: ["a"] })).scopes).toEqual(["a"])
  })

  it("refuses a token for another server, and one for nobody in particular", async () => {
    expect(await refuse(byAudience, tokens.accessToken, { aud: THEIRS })).toBe("AudienceMismatch other")
    expect(await refuse(byAudience, tokens.accessToken, { aud: [OURS, THEIRS] })).toBe("AudienceMismatch foreign")
    expect(await refuse(byAudience, tokens.accessToken, { aud: undefined })).toBe("AudienceMismatch absent")
  })

  it("[JWT-29] refuses an ID token, a browser's session and a machine's token", async () => {
    for (const preset of [byAudience, byClient]) {
      for (const aud of [CLIENT, [CLIENT, OURS], OURS]) {
        expect(await refuse(preset, tokens.idToken, { aud })).toBe("TypeMismatch")
        expect(await refuse(preset, tokens.idToken, { aud, client_id: CLIENT, nonce: undefined })).toBe("TypeMismatch")
      }
      expect(await refuse(preset, sessionToken, { aud: OURS, client_id: CLIENT })).toBe("TypeMismatch")
      expect(await refuse(preset, machineToken, { aud: OURS, client_id: CLIENT })).toBe("TypeMismatch")
    }
  })

  it("tells tokens without an audience by their client", async () => {
    expect((await accept(byClient, tokens.accessToken, { aud: undefined })).audience).toEqual([CLIENT])
    expect(await refuse(byClient, tokens.accessToken, { aud: undefined, client_id: "client_2" })).toBe(
      "AudienceMismatch other"
    )
    expect(await refuse(byClient, tokens.accessToken, { aud: THEIRS })).toBe("AudienceMismatch other")
  })

  it("cannot tell for which server a listed client got the token, and says so", async () => {
    const elsewhere = { aud: undefined, scope: "mail:read" }
    expect((await accept(byClient, tokens.accessToken, elsewhere)).scopes).toEqual(["mail:read"])
    expect(byClient.dialect?.unprotected[0]).toContain("one that a listed client got for another server")
    expect(byAudience.dialect?.unprotected.join(" ")).not.toContain("another server")
  })

  it("lets in listed clients alone when it is told both", async () => {
    const both = clerk({ domain, audience: OURS, clients: [CLIENT] })
    expect((await accept(both, tokens.accessToken)).clientId).toBe(CLIENT)
    expect(await refuse(both, tokens.accessToken, { client_id: "client_2" })).toBe("ClientForbidden")
  })

  it("refuses a token of another instance", async () => {
    const iss = "https://clerk.example.com/"
    expect(await refuse(byAudience, tokens.accessToken, { iss })).toBe("IssuerMismatch")
  })

  it("refuses options that tell no token apart", () => {
    const wrong: ReadonlyArray<readonly [string, object]> = [
      ["audience", { domain }],
      ["audience", { domain, clients: () => true }],
      ["clients", { domain, clients: [] }],
      ["domain", { domain: "https://clerk.example.com", audience: OURS }],
      ["azp", { domain, audience: OURS, azp: "x" }]
    ]
    for (const [key, options] of wrong) {
      expect(optionRefused(() => clerk(options as ClerkOptions))).toBe(`ConfigurationInvalid ${key}`)
    }
  })
})
