import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type ClientIdMetadataDocument,
  ClientIdMismatch,
  ClientSecretForbidden,
  decodeClientIdMetadataDocument,
  MetadataMalformed,
  parseJson
} from "@postern/metadata"

const url = "https://app.example.com/client.json"
const minimal = { client_id: url, client_name: "App", redirect_uris: ["https://app.example.com/cb"] }
const publicKey = { kty: "EC", crv: "P-256", x: "x", y: "y" }

const decode = (json: unknown) => decodeClientIdMetadataDocument(json, { url })

const refused = (json: unknown) => {
  const decoded = decode(json)
  if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
  return decoded.failure
}

const issues = (json: unknown): ReadonlyArray<string> => {
  const failure = refused(json)
  if (!(failure instanceof MetadataMalformed)) throw new Error(`expected MetadataMalformed, not ${failure._tag}`)
  return failure.issues.map(({ path, message }) => `${path} ${message}`)
}

describe("decodeClientIdMetadataDocument", () => {
  it("reads the example of the MCP specification", () => {
    const example = {
      client_id: "https://app.example.com/oauth/client-metadata.json",
      client_name: "Example MCP Client",
      client_uri: "https://app.example.com",
      logo_uri: "https://app.example.com/logo.png",
      redirect_uris: ["http://127.0.0.1:3000/callback", "http://localhost:3000/callback"],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "none"
    }
    const decoded = decodeClientIdMetadataDocument(example, {
      url: "https://app.example.com/oauth/client-metadata.json"
    })
    expect(Result.getOrThrow(decoded)).toEqual(example)
    expectTypeOf(decoded).toEqualTypeOf<
      Result.Result<ClientIdMetadataDocument, MetadataMalformed | ClientIdMismatch | ClientSecretForbidden>
    >()
  })

  it("refuses a client_id that is not the URL, character for character", () => {
    for (const received of [
      "https://other.example.com/client.json",
      "https://app.example.com/client.json/",
      "https://app.example.com:443/client.json",
      "https://APP.example.com/client.json"
    ]) {
      const failure = refused({ ...minimal, client_id: received })
      expect(failure).toBeInstanceOf(ClientIdMismatch)
      expect(failure).toMatchObject({
        _tag: "ClientIdMismatch",
        spec: "draft-ietf-oauth-client-id-metadata-document-00 section 4.1",
        expected: url,
        received,
        message: "the client_id of the client ID metadata document is not the URL of the document"
      })
    }
    expect(issues({ ...minimal, client_id: undefined })).toEqual(["client_id is required"])
    expect(issues({ ...minimal, client_id: [url] })).toEqual(["client_id must be a string"])
    expect(issues({ ...minimal, client_id: 5 })).toEqual(["client_id must be a string"])
  })

  it("refuses what is no JSON object, and JSON that two readers could read differently", () => {
    const read = (text: string) =>
      Result.match(parseJson(text), {
        onFailure: (failure) => failure.reason,
        onSuccess: (json) => issues(json).join()
      })
    for (const text of ["[]", "null", '"x"']) expect(read(text)).toBe(" it must be a JSON object")
    expect(read("{client_id:1}")).toBe("syntax")
    expect(read(`{"client_id":"${url}","client_id":"${url}"}`)).toBe("duplicate-member")
    expect(read('{"redirect_uris":[],"client_name":"x","redirect_uris":[]}')).toBe("duplicate-member")
    expect(read(`\uFEFF${JSON.stringify(minimal)}`)).toBe("byte-order-mark")
    expect(read('{"client_id":NaN}')).toBe("syntax")
    expect(read('{"a":'.repeat(10_000) + "1" + "}".repeat(10_000))).toBe("too-deep")
    const poisoned = parseJson(
      `{"__proto__":{"token_endpoint_auth_method":"none","trusted":true},${JSON.stringify(minimal).slice(1)}`
    )
    const decoded = Result.getOrThrow(decode(Result.getOrThrow(poisoned)))
    expect(decoded).toEqual(minimal)
    expect(decoded.token_endpoint_auth_method).toBeUndefined()
    expect(({} as Record<string, unknown>)["trusted"]).toBeUndefined()
  })

  it("demands a name and redirect URIs that may be registered", () => {
    expect(issues({ ...minimal, client_name: undefined })).toEqual(["client_name is required"])
    for (const client_name of ["", " \t"]) {
      expect(issues({ ...minimal, client_name })).toEqual(["client_name must not be blank"])
    }
    expect(issues({ ...minimal, redirect_uris: undefined })).toEqual(["redirect_uris is required"])
    expect(issues({ ...minimal, redirect_uris: [] })).toEqual(["redirect_uris must not be empty"])
    expect(issues({ ...minimal, redirect_uris: "https://app.example.com/cb" })).toEqual([
      "redirect_uris must be an array"
    ])
    expect(issues({ ...minimal, redirect_uris: [null] })).toEqual(["redirect_uris[0] must be a string"])
    const sparse = ["https://app.example.com/cb"]
    sparse[2] = "https://app.example.com/cb"
    expect(issues({ ...minimal, redirect_uris: sparse })).toEqual(["redirect_uris[1] is required"])
    expect(issues({ ...minimal, redirect_uris: ["https://app.example.com/cb", "javascript:alert(1)"] })).toEqual([
      "redirect_uris[1] is refused: the redirect URI may not be registered (scheme)"
    ])
  })

  it("refuses shared secrets in every form, and methods that it does not know", () => {
    for (const method of ["client_secret_basic", "client_secret_post", "client_secret_jwt"]) {
      const failure = refused({ ...minimal, token_endpoint_auth_method: method })
      expect(failure).toBeInstanceOf(ClientSecretForbidden)
      expect(failure).toMatchObject({ member: "token_endpoint_auth_method" })
    }
    expect(issues({ ...minimal, token_endpoint_auth_method: "magic" })).toEqual([
      "token_endpoint_auth_method must be one of none, private_key_jwt"
    ])
    for (const member of ["client_secret", "client_secret_expires_at"]) {
      for (const value of ["hunter2-hunter2", 0, null]) {
        const failure = refused({ ...minimal, [member]: value })
        expect(failure).toMatchObject({
          _tag: "ClientSecretForbidden",
          kind: "rejection",
          spec: "draft-ietf-oauth-client-id-metadata-document-00 section 4.1",
          member,
          message: `the client ID metadata document relies on a shared secret, by its member ${member}`
        })
        expect(JSON.stringify(failure)).not.toContain("hunter2")
      }
    }
  })

  it("refuses keys that are not public, not there, or not the client's own", () => {
    const withKey = (key: unknown) => issues({ ...minimal, jwks: { keys: [key] } })
    expect(withKey({ ...publicKey, d: "d" })).toEqual(["jwks.keys[0].d must not be published: it is key material"])
    expect(withKey({ kty: "oct", k: "k" })).toEqual([
      "jwks.keys[0].k must not be published: it is key material",
      "jwks.keys[0].kty must not be oct: a symmetric key"
    ])
    expect(issues({ ...minimal, jwks: { keys: [] } })).toEqual(["jwks.keys must be an array of at least one key"])
    expect(issues({ ...minimal, jwks: { keys: [publicKey] }, jwks_uri: "https://app.example.com/jwks.json" })).toEqual([
      "jwks must not stand beside jwks_uri"
    ])
    expect(issues({ ...minimal, jwks_uri: "http://app.example.com/jwks.json" })).toEqual([
      "jwks_uri is refused: the URL must be https, or http on a loopback host",
      "jwks_uri must have the origin of the document"
    ])
    expect(issues({ ...minimal, jwks_uri: "https://other.example.com/jwks.json" })).toEqual([
      "jwks_uri must have the origin of the document"
    ])
    expect(issues({ ...minimal, jwks_uri: "https://10.0.0.1/jwks.json" })).toEqual([
      "jwks_uri must have the origin of the document"
    ])
    expect(issues({ ...minimal, token_endpoint_auth_method: "private_key_jwt" })).toEqual([
      "jwks is required for private_key_jwt, or jwks_uri"
    ])
    const own = {
      ...minimal,
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: "https://app.example.com/jwks.json"
    }
    expect(Result.getOrThrow(decode(own))).toEqual(own)
  })

  it("refuses pages that are no web pages", () => {
    for (const member of ["logo_uri", "client_uri", "tos_uri", "policy_uri"]) {
      for (const page of ["javascript:alert(1)", "data:text/html,x", "http://10.0.0.1/x.png"]) {
        expect(issues({ ...minimal, [member]: page })).toEqual([`${member} must be an https URL, or http on loopback`])
      }
    }
  })

  it("leaves behind privileges that a stranger gives itself", () => {
    const decoded = Result.getOrThrow(
      decode({
        ...minimal,
        skip_consent: true,
        trusted: true,
        scope: "admin",
        first_party: true,
        userId: "u1",
        disabled: false,
        require_pkce: false
      })
    )
    expect(decoded).toStrictEqual(minimal)
  })

  it("keeps translations of what is shown", () => {
    const translated = { ...minimal, "client_name#ja": "アプリ", "logo_uri#ja": "https://app.example.com/ja.png" }
    expect(Result.getOrThrow(decode({ ...translated, "trusted#ja": true }))).toStrictEqual(translated)
  })

  it("takes a private-use redirect scheme only by named exception", () => {
    const document = { ...minimal, redirect_uris: ["cursor://anysphere.cursor-mcp/oauth/callback"] }
    expect(issues(document)).toEqual(["redirect_uris[0] is refused: the redirect URI may not be registered (scheme)"])
    expect(Result.isSuccess(decodeClientIdMetadataDocument(document, { url, allowPrivateUse: ["cursor"] }))).toBe(true)
  })
})
