import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import {
  type AuthorizationServerMetadata,
  checkIssuer,
  checkPkce,
  decodeAuthorizationServerMetadata,
  formatAuthorizationServerMetadata,
  IssuerMismatch,
  PkceUnsupported
} from "@postern/metadata"

const minimal = {
  issuer: "https://as.example.com",
  authorization_endpoint: "https://as.example.com/authorize",
  token_endpoint: "https://as.example.com/token",
  response_types_supported: ["code"]
}

const issues = (json: unknown): ReadonlyArray<string> => {
  const decoded = decodeAuthorizationServerMetadata(json)
  if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
  return decoded.failure.issues.map(({ path, message }) => `${path} ${message}`)
}

const INSECURE = "is refused: the URL must be https, or http on a loopback host"

describe("decodeAuthorizationServerMetadata", () => {
  it("reads the example of RFC 8414 section 3.2", () => {
    const example = {
      issuer: "https://server.example.com",
      authorization_endpoint: "https://server.example.com/authorize",
      token_endpoint: "https://server.example.com/token",
      token_endpoint_auth_methods_supported: ["client_secret_basic", "private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: ["RS256", "ES256"],
      userinfo_endpoint: "https://server.example.com/userinfo",
      jwks_uri: "https://server.example.com/jwks.json",
      registration_endpoint: "https://server.example.com/register",
      scopes_supported: ["openid", "profile", "email", "address", "phone", "offline_access"],
      response_types_supported: ["code", "code token"],
      service_documentation: "http://localhost/service_documentation.html",
      ui_locales_supported: ["en-US", "en-GB", "en-CA", "fr-FR", "fr-CA"]
    }
    expect(Result.getOrThrow(decodeAuthorizationServerMetadata(example))).toEqual(example)
  })

  it("keeps what OpenID Connect Discovery and later specifications add", () => {
    const document = {
      ...minimal,
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      claims_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      end_session_endpoint: "https://as.example.com/logout",
      mtls_endpoint_aliases: { token_endpoint: "https://mtls.example.com/token", note: 1 },
      "x#ja": ["x"]
    }
    expect(Result.getOrThrow(decodeAuthorizationServerMetadata(document))).toEqual(document)
  })

  it("reports everything that is wrong at once, rules over unknown members included", () => {
    expect(
      issues({
        issuer: "https://as.example.com?x=1",
        authorization_endpoint: 5,
        response_types_supported: "code",
        jwks_uri: "http://as.example.com/jwks",
        registration_endpoint: "/register",
        scopes_supported: ["a", "b c"],
        grant_types_supported: ["authorization_code", null],
        service_documentation: "data:text/html,x",
        authorization_response_iss_parameter_supported: "true",
        x_endpoint: "http://x.example.com/",
        y_endpoint: 1,
        mtls_endpoint_aliases: { token_endpoint: "http://mtls.example.com/token" }
      })
    ).toEqual([
      "issuer is refused: the issuer identifier is malformed (query)",
      "authorization_endpoint must be a string",
      "token_endpoint is required",
      "response_types_supported must be an array",
      `jwks_uri ${INSECURE}`,
      "registration_endpoint is refused: the URL is malformed (not-absolute)",
      "scopes_supported[1] is no scope token (RFC 6749 section 3.3)",
      "grant_types_supported[1] must be a string",
      "service_documentation must be an https URL, or http on loopback",
      "authorization_response_iss_parameter_supported must be a boolean",
      `x_endpoint ${INSECURE}`,
      "y_endpoint must be a string",
      `mtls_endpoint_aliases.token_endpoint ${INSECURE}`
    ])
  })

  it("[XC2] reads metadata of a server that serves machines alone, and has no authorization endpoint", () => {
    const { authorization_endpoint: _, ...machines } = minimal
    expect(Result.getOrThrow(decodeAuthorizationServerMetadata(machines))).toEqual(machines)
  })

  it("refuses every member of an endpoint that is not https, or http on loopback", () => {
    for (const name of [
      "authorization_endpoint",
      "token_endpoint",
      "jwks_uri",
      "registration_endpoint",
      "revocation_endpoint",
      "introspection_endpoint",
      "pushed_authorization_request_endpoint",
      "device_authorization_endpoint",
      "userinfo_endpoint",
      "end_session_endpoint"
    ]) {
      expect(issues({ ...minimal, [name]: "http://as.example.com/x" })).toEqual([`${name} ${INSECURE}`])
      for (const url of ["http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x"]) {
        expect(Result.isSuccess(decodeAuthorizationServerMetadata({ ...minimal, [name]: url })), url).toBe(true)
      }
    }
    expect(issues({ ...minimal, issuer: "http://as.example.com" })).toEqual([`issuer ${INSECURE}`])
  })

  it("refuses endpoints that are no URLs to dial or open", () => {
    for (const url of [
      "javascript:alert(document.domain)//",
      " \tjavascript:alert(1)",
      "data:text/html,x",
      "file:///c:/windows/system32/calc.exe",
      "ms-msdt:/id",
      "--version",
      "//as.example.com/x",
      "https://as.example.com/x#frag",
      "https://u:p@as.example.com/x",
      ""
    ]) {
      expect(issues({ ...minimal, authorization_endpoint: url }), url).toHaveLength(1)
    }
  })

  it("has no shadow of a member named __proto__", () => {
    const document = JSON.parse(
      '{"__proto__":{"registration_endpoint":"https://evil.example/r"},"issuer":"https://as.example.com",' +
        '"authorization_endpoint":"https://as.example.com/authorize","token_endpoint":"https://as.example.com/token",' +
        '"response_types_supported":["code"]}'
    )
    const decoded = Result.getOrThrow(decodeAuthorizationServerMetadata(document))
    expect(decoded.registration_endpoint).toBeUndefined()
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  })
})

describe("checkIssuer", () => {
  const served = (issuer: unknown) => decodeAuthorizationServerMetadata({ ...minimal, issuer })

  it("refuses a document of another issuer, of none, and of any other spelling", () => {
    const mine = Result.getOrThrow(served("https://as.example.com"))
    expect(Result.getOrThrow(checkIssuer(mine, "https://as.example.com"))).toBe(mine)
    for (const received of ["https://honest.example", "https://as.example.com/"]) {
      const checked = checkIssuer(Result.getOrThrow(served(received)), "https://as.example.com")
      if (Result.isSuccess(checked)) throw new Error("expected a rejection")
      expect(checked.failure).toBeInstanceOf(IssuerMismatch)
      expect(checked.failure).toMatchObject({
        _tag: "IssuerMismatch",
        spec: "RFC 8414 section 3.3",
        expected: "https://as.example.com",
        received,
        message: "the issuer in the authorization server metadata is not the issuer that the document was fetched for"
      })
    }
    expect(issues({ ...minimal, issuer: undefined })).toEqual(["issuer is required"])
    for (const issuer of ["https://AS.example.com", "https://as.example.com:443"]) {
      expect(issues({ ...minimal, issuer })).toEqual([
        "issuer is refused: the issuer identifier is malformed (not-canonical)"
      ])
    }
  })
})

describe("checkPkce", () => {
  it("refuses a document that does not offer S256, letter for letter", () => {
    for (const methods of [undefined, [], ["plain"], ["s256"]]) {
      const document: AuthorizationServerMetadata = { ...minimal, code_challenge_methods_supported: methods }
      const checked = checkPkce(Result.getOrThrow(decodeAuthorizationServerMetadata(document)))
      if (Result.isSuccess(checked)) throw new Error("expected a rejection")
      expect(checked.failure).toBeInstanceOf(PkceUnsupported)
      expect(checked.failure).toMatchObject({
        _tag: "PkceUnsupported",
        spec: "MCP Authorization section Authorization Code Protection",
        issuer: "https://as.example.com",
        methods,
        message: "the authorization server metadata does not list S256 among code_challenge_methods_supported"
      })
    }
    // A string that contains S256 is no list that does.
    expect(issues({ ...minimal, code_challenge_methods_supported: "S256" })).toEqual([
      "code_challenge_methods_supported must be an array"
    ])
  })

  it("accepts S256 beside others", () => {
    const document: AuthorizationServerMetadata = { ...minimal, code_challenge_methods_supported: ["plain", "S256"] }
    expect(Result.getOrThrow(checkPkce(document))).toBe(document)
  })
})

describe("formatAuthorizationServerMetadata", () => {
  it("leaves out what is undefined or an empty list, and decodes to the same document", () => {
    const document: AuthorizationServerMetadata = {
      ...minimal,
      registration_endpoint: undefined,
      scopes_supported: [],
      require_pushed_authorization_requests: false
    }
    const formatted = formatAuthorizationServerMetadata(document)
    expect(formatted).toStrictEqual({ ...minimal, require_pushed_authorization_requests: false })
    expect(Result.getOrThrow(decodeAuthorizationServerMetadata(formatted))).toEqual(formatted)
  })
})
