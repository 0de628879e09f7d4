import { supabase } from "@postern/jwt-verify/presets"
import { describe, expect, it } from "vitest"
import { supabaseTokens as tokens, url } from "./fixtures/supabase.ts"
import { accept, optionRefused, OURS, refuse, THEIRS } from "./provider.ts"

const CLIENT = "9a8b7c6d-0000-4000-8000-000000000001"

describe("Supabase", () => {
  const preset = supabase({ url })

  it("knows the issuer and where its keys are", () => {
    expect(preset).toMatchObject({
      issuer: "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
      jwksUri: "https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json",
      audience: ["authenticated"],
      algorithms: ["ES256", "RS256"]
    })
  })

  it("accepts a token that a client got", async () => {
    expect(await accept(preset, tokens.accessToken)).toEqual({
      subject: "ffffffff-0000-4000-8000-000000000001",
      clientId: "9a8b7c6d-0000-4000-8000-000000000001",
      scopes: [],
      audience: ["authenticated"],
      id: undefined
    })
    expect((await accept(preset, tokens.accessToken, { scope: "openid email", jti: "j1" })).scopes).toEqual([
      "openid",
      "email"
    ])
  })

  it("refuses the project's own session, keys and anonymous role", async () => {
    expect(await refuse(preset, tokens.accessToken, { client_id: undefined })).toBe("ClaimMissing client_id")
    for (const role of ["anon", "service_role"]) {
      expect(await refuse(preset, tokens.accessToken, { role })).toBe("ClaimInvalid role")
    }
    expect(await refuse(preset, tokens.accessToken, { aud: "anon" })).toBe("AudienceMismatch other")
  })

  it("[JWT-29] refuses an ID token", async () => {
    for (const aud of [CLIENT, [CLIENT, "authenticated"], "authenticated"]) {
      expect(await refuse(preset, tokens.idToken, { aud })).toBe("ClaimMissing role")
      expect(await refuse(preset, tokens.idToken, { aud, nonce: undefined })).toBe("ClaimMissing role")
    }
  })

  it("cannot tell for which server a client got the token, and says so", async () => {
    // What a client gets for another server of the project differs in nothing.
    expect((await accept(preset, tokens.accessToken)).audience).toEqual(["authenticated"])
    expect(preset.dialect?.unprotected[0]).toContain("one that a client got for another server is accepted here")
  })

  it("can tell by the audience that a hook sets, and by the client", async () => {
    const hooked = supabase({ url, audience: OURS })
    expect((await accept(hooked, tokens.accessToken, { aud: OURS })).audience).toEqual([OURS])
    expect((await accept(hooked, tokens.accessToken, { aud: ["authenticated", OURS] })).clientId).toBe(CLIENT)
    for (const aud of ["authenticated", THEIRS, ["authenticated", THEIRS]]) {
      expect(await refuse(hooked, tokens.accessToken, { aud })).toBe("AudienceMismatch other")
    }
    expect(await refuse(hooked, tokens.accessToken, { aud: [OURS, THEIRS] })).toBe("AudienceMismatch foreign")
    expect(hooked.dialect?.unprotected.join(" ")).not.toContain("another server")
    const listed = supabase({ url, clients: [CLIENT] })
    expect((await accept(listed, tokens.accessToken)).clientId).toBe(CLIENT)
    expect(await refuse(listed, tokens.accessToken, { client_id: "c2" })).toBe("ClientForbidden")
  })

  it("refuses a token of another project", async () => {
    const iss = "https://zzzzzzzzzzzzzzzzzzzz.supabase.co/auth/v1"
    expect(await refuse(preset, tokens.accessToken, { iss })).toBe("IssuerMismatch")
  })

  it("refuses options that are no URL of a project", () => {
    for (const wrong of [`${url}/`, "abcdefghijklmnopqrst", "http://abc.supabase.co", ""]) {
      expect(optionRefused(() => supabase({ url: wrong }))).toBe("ConfigurationInvalid url")
    }
    expect(supabase({ url: "http://127.0.0.1:54321" }).issuer).toBe("http://127.0.0.1:54321/auth/v1")
  })
})
