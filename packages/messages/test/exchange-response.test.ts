import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeExchangeResponse } from "@postern/messages"

const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"

// The example of draft-ietf-oauth-identity-assertion-authz-grant, section "Token Exchange".
const example = {
  issued_token_type: ID_JAG,
  access_token: "eyJhbGciOiJIUzI1NiIsI",
  token_type: "N_A",
  scope: "chat.read chat.history",
  expires_in: 300
}

describe("decodeExchangeResponse", () => {
  it("[XE3] reads what was issued", () => {
    expect(decodeExchangeResponse(example, ID_JAG)).toEqual(Result.succeed("eyJhbGciOiJIUzI1NiIsI"))
    expect(decodeExchangeResponse({ ...example, token_type: "n_a" }, ID_JAG)).toMatchObject({ _tag: "Success" })
  })

  it.each([
    ["issued_token_type", { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" }],
    ["issued_token_type", { issued_token_type: undefined }],
    ["token_type", { token_type: "Bearer" }],
    ["token_type", { token_type: undefined }],
    ["access_token", { access_token: "" }],
    ["access_token", { access_token: "a\r\nX: 1" }]
  ])("[XE3] refuses what is something else: %s (case %#)", (path, change) => {
    expect(decodeExchangeResponse({ ...example, ...change }, ID_JAG)).toMatchObject({
      failure: { _tag: "TokenResponseMalformed", issues: [{ path }] }
    })
  })

  it("throws for no input", () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void decodeExchangeResponse(json, ID_JAG)))
  })
})
