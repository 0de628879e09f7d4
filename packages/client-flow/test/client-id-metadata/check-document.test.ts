import { explain } from "@postern/client-flow"
import { checkClientIdMetadata, type ClientIdMetadataFacts } from "@postern/client-flow/client-id-metadata"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const URL_ = "https://app.example.com/oauth/client.json"
const KEY = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
}

const good = {
  client_id: URL_,
  client_name: "Notes reader",
  redirect_uris: ["http://127.0.0.1/callback", "https://app.example.com/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  token_endpoint_auth_method: "none"
}

const check = (change: object = {}, facts: Partial<ClientIdMetadataFacts> = {}) =>
  checkClientIdMetadata({ url: URL_, text: JSON.stringify({ ...good, ...change }), ...facts })

/** The rules that are broken, each with its place. */
const broken = (result: ReturnType<typeof checkClientIdMetadata>): ReadonlyArray<string> =>
  Result.isFailure(result) ? result.failure.problems.map(({ path, rule }) => `${rule} ${path}`.trim()) : []

describe("a document and its URL", () => {
  it("[CIM-40] [CL11] are accepted as they came where nothing is wrong, with members that nobody knows", () => {
    const text = JSON.stringify({ ...good, "client_name#ja": "ノート", unknown: true })
    const checked = Result.getOrThrow(checkClientIdMetadata({ url: URL_, text }))
    expect(checked).toEqual({ url: URL_, document: { ...good, "client_name#ja": "ノート" }, text })
  })

  it.each([
    "http://app.example.com/c",
    "http://127.0.0.1:3000/c",
    "ftp://app.example.com/c",
    "https://app.example.com",
    "https://app.example.com/",
    "https://app.example.com/c#f",
    "https://u:p@app.example.com/c",
    "https://app.example.com/a/../c",
    "https://APP.example.com/c",
    "https://app.example.com/c?v=2",
    "https://app.example.com/c?",
    "client"
  ])("[CIM-02] [CIM-40] are refused where the URL is no identifier to publish: %s", (url) => {
    expect(broken(check({ client_id: url }, { url }))).toContain("client-id-url client_id")
  })

  it.each(["https://other.example.com/oauth/client.json", `${URL_}/`, "https://app.example.com:443/oauth/client.json"])(
    "[CIM-04] [CIM-40] are refused where client_id is another: %s",
    (id) => {
      expect(broken(check({ client_id: id }))).toEqual(["client-id-mismatch client_id"])
    }
  )

  it("[CIM-18] [CIM-40] are refused for each member that has to do with a shared secret", () => {
    const secrets = {
      client_secret: null,
      client_secret_expires_at: 0,
      token_endpoint_auth_method: "client_secret_post"
    }
    expect(broken(check(secrets))).toEqual([
      "shared-secret client_secret",
      "shared-secret client_secret_expires_at",
      "shared-secret token_endpoint_auth_method"
    ])
  })

  it.each([
    [{ token_endpoint_auth_method: undefined }, ["authentication-method token_endpoint_auth_method"]],
    [{ jwks: { keys: [KEY] } }, ["authentication-method token_endpoint_auth_method"]],
    [{ jwks_uri: "https://app.example.com/keys" }, ["authentication-method token_endpoint_auth_method"]],
    [{ token_endpoint_auth_method: "private_key_jwt" }, ["member jwks"]],
    [
      { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ ...KEY, d: "secret" }] } },
      ["member jwks.keys[0].d"]
    ],
    [
      { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ kty: "oct", k: "AAAA" }] } },
      ["member jwks.keys[0].k", "member jwks.keys[0].kty"]
    ],
    [{ token_endpoint_auth_method: "private_key_jwt", jwks_uri: "https://keys.example.com/keys" }, ["member jwks_uri"]],
    [
      {
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: [KEY] },
        token_endpoint_auth_signing_alg: "HS256"
      },
      ["authentication-method token_endpoint_auth_signing_alg"]
    ]
  ])("[CIM-19] [CIM-40] are refused where keys and method do not fit: %j", (change, problems) => {
    expect(broken(check(change))).toEqual(problems)
  })

  it.each([
    [{ grant_types: ["authorization_code"] }, ["grant-types grant_types"]],
    [{ grant_types: undefined }, ["grant-types grant_types"]],
    [{ grant_types: ["refresh_token"] }, ["grant-types grant_types"]],
    [{ response_types: ["code", "token"] }, ["response-types response_types"]],
    [{ response_types: [] }, ["response-types response_types"]],
    [{ client_name: " " }, ["member client_name"]],
    [{ redirect_uris: [] }, ["member redirect_uris"]],
    [{ redirect_uris: ["javascript:alert(1)"] }, ["member redirect_uris[0]"]],
    [{ redirect_uris: ["https://app.example.com/cb?state=1"] }, ["redirect-uri redirect_uris[0]"]],
    [
      { redirect_uris: Array.from({ length: 33 }, (_, index) => `https://app.example.com/${index}`) },
      ["redirect-uri redirect_uris"]
    ],
    [
      {
        application_type: "web",
        redirect_uris: ["https://app.example.com/cb", "http://127.0.0.1/cb", "https://localhost/cb"]
      },
      ["application-type redirect_uris[1]", "application-type redirect_uris[2]"]
    ]
  ])("[CIM-17] [CIM-40] are refused where the client could not log in with them: %j", (change, problems) => {
    expect(broken(check(change))).toEqual(problems)
  })

  it("refuse what lies at another origin, which a server may refuse, unless that is named", () => {
    const redirect_uris = ["https://app.example.org/cb", "com.example.app:/cb", "https://127.0.0.1/cb"]
    const change = { redirect_uris, client_uri: "https://app.example.org/" }
    expect(broken(check(change))).toEqual(["other-origin client_uri", "other-origin redirect_uris[0]"])
    expect(broken(check(change, { otherOrigins: ["https://app.example.org"] }))).toEqual([])
  })

  it("refuse a private-use scheme without a dot, unless it is named", () => {
    const change = { redirect_uris: ["cursor://cb/x"] }
    expect(broken(check(change))).toEqual(["member redirect_uris[0]"])
    expect(broken(check(change, { privateUseSchemes: ["cursor"] }))).toEqual([])
  })

  it.each(["", "{", "null", "[]", `{"client_id":1,"client_id":2}`, `\uFEFF${JSON.stringify(good)}`])(
    "[CIM-16] are refused where the text is no document: %j",
    (text) => {
      expect(broken(check({}, { text }))).not.toEqual([])
    }
  )

  it("[CIM-13] [CIM-40] are refused beyond 5 kB, counted in bytes", () => {
    // Two bytes each, in UTF-8.
    const padding = "é".repeat(2600)
    expect(broken(check({ padding }))).toEqual(["size"])
    expect(broken(check({ padding: padding.slice(0, 2300) }))).toEqual([])
  })

  it("are told all that is wrong at once, and never the values", () => {
    const result = check({
      client_id: "https://x.example/c",
      client_secret: "s3cret-value",
      token_endpoint_auth_method: "client_secret_basic",
      client_name: 7,
      redirect_uris: ["https://x.example/cb?code=1", "http://x.example/cb"],
      grant_types: ["implicit"],
      response_types: ["token"]
    })
    expect(broken(result).toSorted()).toEqual([
      "client-id-mismatch client_id",
      "grant-types grant_types",
      "member client_name",
      "member redirect_uris[1]",
      "other-origin redirect_uris[0]",
      "redirect-uri redirect_uris[0]",
      "response-types response_types",
      "shared-secret client_secret",
      "shared-secret token_endpoint_auth_method"
    ])
    if (Result.isSuccess(result)) throw new Error("it was accepted")
    const { failure } = result
    expect(failure).toMatchObject({
      _tag: "ClientIdMetadataInvalid",
      kind: "rejection",
      spec: "draft-ietf-oauth-client-id-metadata-document-00 section 4.1"
    })
    expect(failure.message).toContain("client_name must be a string")
    expect(failure.message).not.toMatch(/s3cret-value|x\.example/)
    expect(explain(failure)).toEqual({
      layer: "configuration",
      clause: "draft-ietf-oauth-client-id-metadata-document-00 section 4.1",
      remedy: "Correct what the problems name, before the document is published."
    })
  })

  it("never make it throw", () => {
    const urls = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `https://app.example.com/${rest}`)
    )
    const names = fc.constantFrom(...Object.keys(good), "jwks", "jwks_uri", "response_types")
    const members = fc.dictionary(names, fc.oneof(fc.jsonValue(), fc.array(urls)))
    const texts = fc.oneof(
      fc.string(),
      members.map((json) => JSON.stringify(json))
    )
    fc.assert(fc.property(urls, texts, (url, text) => void checkClientIdMetadata({ url, text })))
  })
})
