import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeMask } from "../../src/trace/mask.ts"

const hidden: Array<string> = []
const mask = makeMask((value) => void hidden.push(value))

const SECRET = "s3cr3t-VALUE-of-someone"

describe("what a trace shows", () => {
  it("[LOG-01] keeps of a URL what is no secret", () => {
    const url = `https://me:${SECRET}@as.example/authorize?client_id=a&state=${SECRET}&unheard_of=${SECRET}#${SECRET}`
    expect(mask.url(url)).toBe("https://as.example/authorize?client_id=a&state=REDACTED&unheard_of=REDACTED")
    expect(mask.url(`redirect ${SECRET}`)).toBe("REDACTED")
    expect(mask.url(`https://mcp.example/mcp?${SECRET}`)).toBe("https://mcp.example/mcp?REDACTED=REDACTED")
  })

  it("[LOG-01] looks into URLs that are values", () => {
    const callback = `https://app.example/callback?code=${SECRET}`
    expect(mask.parameters(new URLSearchParams({ redirect_uri: callback }))).toEqual([
      { name: "redirect_uri", value: "https://app.example/callback?code=REDACTED" }
    ])
    expect(mask.headers([["Location", callback]])).toEqual([
      { name: "Location", value: "https://app.example/callback?code=REDACTED" }
    ])
  })

  it.each(["Authorization", "DPoP", "DPoP-Nonce", "Cookie", "Set-Cookie", "Mcp-Session-Id", "X-Api-Key"])(
    "[LOG-01] shows no %s header",
    (name) => {
      expect(mask.headers([[name, SECRET]])).toEqual([{ name, value: "REDACTED" }])
    }
  )

  it("[LOG-01] keeps of a challenge what a client acts on", () => {
    const header = `Bearer realm="notes", error="invalid_token", nonce="${SECRET}", Negotiate ${SECRET}==`
    expect(mask.headers([["www-authenticate", header]])).toEqual([
      {
        name: "www-authenticate",
        value: 'bearer realm="notes", error="invalid_token", nonce="REDACTED", negotiate REDACTED'
      }
    ])
    expect(mask.headers([["www-authenticate", `Bearer "${SECRET}`]])[0]?.value).toBe("REDACTED")
  })

  it("[LOG-01] keeps of a form and of JSON what is listed, with its shape", () => {
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: SECRET, client_assertion: SECRET })
    expect(mask.body("application/x-www-form-urlencoded; charset=utf-8", form.toString())).toEqual({
      params: [
        { name: "grant_type", value: "refresh_token" },
        { name: "refresh_token", value: "REDACTED" },
        { name: "client_assertion", value: "REDACTED" }
      ]
    })
    const json = (value: unknown): unknown => {
      const { text = "" } = mask.body("application/json", JSON.stringify(value))
      return JSON.parse(text)
    }
    expect(json({ access_token: SECRET, token_type: "Bearer", expires_in: 60, scope: "a", extra: [SECRET] })).toEqual({
      access_token: "REDACTED",
      token_type: "Bearer",
      expires_in: 60,
      scope: "a",
      extra: ["REDACTED"]
    })
    expect(json({ issuer: "https://as.example", code_challenge_methods_supported: ["S256"], code: SECRET })).toEqual({
      issuer: "https://as.example",
      code_challenge_methods_supported: ["S256"],
      code: "REDACTED"
    })
    expect(
      json({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "write_note", arguments: { name: SECRET, message: SECRET, id: 4321, urgent: true } }
      })
    ).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: {
        name: "write_note",
        arguments: { name: "REDACTED", message: "REDACTED", id: "REDACTED", urgent: true }
      }
    })
    expect(json({ [SECRET]: 1 })).toEqual({ REDACTED: "REDACTED" })
    expect(mask.body("text/plain", SECRET)).toEqual({})
    expect(mask.body("application/json", `{"access_token":"${SECRET}`)).toEqual({ text: "REDACTED" })
  })

  it("[LOG-01] tells what it took out, so that it can be taken out of a server's sentence too", () => {
    hidden.length = 0
    mask.parameters(new URLSearchParams({ code: SECRET, scope: "a" }))
    expect(hidden).toEqual([SECRET])
  })

  it("[LOG-01] shows no text under a name that is not listed, whatever JSON comes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const document = { wrapped: { anything: value, secret: SECRET } }
        const { text = "" } = mask.body("application/json", JSON.stringify(document))
        expect(text).not.toContain(SECRET)
        expect(() => void JSON.parse(text)).not.toThrow()
      })
    )
  })
})
