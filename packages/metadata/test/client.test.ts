import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeClientInformation, decodeClientMetadata, type MetadataMalformed } from "@postern/metadata"

const issuesOf = (decoded: Result.Result<unknown, MetadataMalformed>): ReadonlyArray<string> => {
  if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
  return decoded.failure.issues.map(({ path, message }) => `${path} ${message}`)
}

const publicKey = { kty: "EC", crv: "P-256", x: "x", y: "y" }

describe("decodeClientMetadata", () => {
  it("reads the example of RFC 7591 section 3.1, translations included", () => {
    const example = {
      redirect_uris: ["https://client.example.org/callback", "https://client.example.org/callback2"],
      client_name: "My Example Client",
      "client_name#ja-Jpan-JP": "クライアント名",
      token_endpoint_auth_method: "client_secret_basic",
      logo_uri: "https://client.example.org/logo.png",
      jwks_uri: "https://client.example.org/my_public_keys.jwks",
      example_extension_parameter: "example_value"
    }
    expect(Result.getOrThrow(decodeClientMetadata(example))).toEqual(example)
    expect(Result.getOrThrow(decodeClientMetadata({}))).toEqual({})
  })

  it("reports everything that is wrong at once, with its path", () => {
    const decoded = decodeClientMetadata({
      redirect_uris: ["https://a.example/cb", 1],
      grant_types: "authorization_code",
      client_name: {},
      client_uri: "javascript:alert(1)",
      logo_uri: "data:image/png;base64,AA",
      tos_uri: "http://10.0.0.1/tos",
      policy_uri: "policy.html",
      scope: "a  b",
      contacts: [null],
      jwks_uri: "http://client.example.org/jwks",
      application_type: "desktop",
      dpop_bound_access_tokens: 1,
      jwks: { keys: [] }
    })
    expect(issuesOf(decoded)).toEqual([
      "redirect_uris[1] must be a string",
      "grant_types must be an array",
      "client_name must be a string",
      "client_uri must be an https URL, or http on loopback",
      "logo_uri must be an https URL, or http on loopback",
      "contacts[0] must be a string",
      "tos_uri must be an https URL, or http on loopback",
      "policy_uri must be an absolute URL without user information",
      "jwks_uri is refused: the URL must be https, or http on a loopback host",
      "application_type must be one of native, web",
      "dpop_bound_access_tokens must be a boolean",
      "scope is refused: the scope has a token that is empty or has a character outside printable ASCII, or a quote or backslash (token 2)",
      "jwks must not stand beside jwks_uri",
      "jwks.keys must be an array of at least one key"
    ])
    expect(Result.isFailure(decoded) && decoded.failure).toMatchObject({
      spec: "RFC 7591 section 2",
      document: "client metadata"
    })
  })

  it("takes public keys and refuses private and symmetric ones", () => {
    const keys = (...keys: ReadonlyArray<unknown>) => decodeClientMetadata({ jwks: { keys } })
    expect(Result.isSuccess(keys(publicKey, { kty: "RSA", n: "n", e: "AQAB" }))).toBe(true)
    expect(issuesOf(keys(publicKey, { ...publicKey, d: "" }))).toEqual([
      "jwks.keys[1].d must not be published: it is key material"
    ])
    for (const member of ["p", "q", "dp", "dq", "qi", "oth", "k"]) {
      expect(issuesOf(keys({ kty: "RSA", n: "n", e: "AQAB", [member]: null }))).toEqual([
        `jwks.keys[0].${member} must not be published: it is key material`
      ])
    }
    expect(issuesOf(keys({ kty: "oct" }))).toEqual(["jwks.keys[0].kty must not be oct: a symmetric key"])
    expect(issuesOf(keys({}, null, [], "x"))).toEqual([
      "jwks.keys[0].kty must be a string",
      "jwks.keys[1] must be an object",
      "jwks.keys[2] must be an object",
      "jwks.keys[3] must be an object"
    ])
    for (const jwks of [null, "x", [], { keys: "x" }, {}]) {
      expect(issuesOf(decodeClientMetadata({ jwks }))).toEqual(["jwks.keys must be an array of at least one key"])
    }
  })
})

describe("decodeClientInformation", () => {
  it("reads the example of RFC 7591 section 3.2.1", () => {
    const example = {
      client_id: "s6BhdRkqt3",
      client_secret: "cf136dc3c1fc93f31185e5885805d",
      client_id_issued_at: 2893256800,
      client_secret_expires_at: 2893276800,
      redirect_uris: ["https://client.example.org/callback", "https://client.example.org/callback2"],
      grant_types: ["authorization_code", "refresh_token"],
      client_name: "My Example Client",
      "client_name#ja-Jpan-JP": "クライアント名",
      token_endpoint_auth_method: "client_secret_basic",
      logo_uri: "https://client.example.org/logo.png",
      jwks_uri: "https://client.example.org/my_public_keys.jwks",
      example_extension_parameter: "example_value"
    }
    expect(Result.getOrThrow(decodeClientInformation(example))).toEqual(example)
  })

  it("takes an empty page for no page, and 0 for a secret that does not expire", () => {
    const document = { client_id: "c", client_secret: "s", client_secret_expires_at: 0, logo_uri: "", client_uri: "" }
    expect(Result.getOrThrow(decodeClientInformation(document))).toEqual(document)
  })

  it("refuses identifiers and secrets that could not be sent, and times that are none", () => {
    const decoded = decodeClientInformation({
      client_id: "c\r\nx",
      client_secret: "s\r\nX-Injected: 1",
      client_id_issued_at: "yesterday",
      client_secret_expires_at: -1,
      registration_access_token: "",
      registration_client_uri: "http://as.example.com/register/c"
    })
    expect(issuesOf(decoded)).toEqual([
      "client_id must be printable ASCII and not empty",
      "client_secret must be printable ASCII and not empty",
      "client_id_issued_at must be a number",
      "client_secret_expires_at must be a whole number of seconds",
      "registration_access_token must be printable ASCII and not empty",
      "registration_client_uri is refused: the URL must be https, or http on a loopback host"
    ])
    expect(Result.isFailure(decoded) && decoded.failure.spec).toBe("RFC 7591 section 3.2.1")
    expect(issuesOf(decodeClientInformation({}))).toEqual(["client_id is required"])
    expect(issuesOf(decodeClientInformation({ client_id: "c", client_id_issued_at: 1.5 }))).toHaveLength(1)
  })
})
