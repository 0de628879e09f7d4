import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type AuthorizationRequest,
  type AuthorizationRequestRejection,
  buildAuthorizationUrl,
  decodeAuthorizationRequest,
  parseParameters,
  peekClient
} from "@postern/messages"
import type { CodeChallenge } from "@postern/pkce"
import type { ScopeSet } from "@postern/scope"
import type { ResourceIdentifier } from "@postern/uri"

// RFC 7636 appendix B
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

const sound: Readonly<Record<string, string>> = {
  response_type: "code",
  client_id: "s6BhdRkqt3",
  redirect_uri: "https://client.example.com/cb",
  code_challenge: challenge,
  code_challenge_method: "S256"
}

const decode = (changes: Readonly<Record<string, string>> = {}) =>
  Result.flatMap(parseParameters(new URLSearchParams({ ...sound, ...changes })), decodeAuthorizationRequest)

const refused = (changes: Readonly<Record<string, string>>) => {
  const decoded = decode(changes)
  if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
  return decoded.failure
}

describe("decodeAuthorizationRequest", () => {
  it("reads a request into our own names", () => {
    const request = Result.getOrThrow(
      decode({
        state: "xyz",
        scope: "notes:read notes:write",
        resource: "https://mcp.example.com/mcp",
        prompt: "login consent",
        unknown: "ignored"
      })
    )
    expect(request).toEqual({
      clientId: "s6BhdRkqt3",
      redirectUri: "https://client.example.com/cb",
      responseType: "code",
      codeChallenge: challenge,
      codeChallengeMethod: "S256",
      scope: new Set(["notes:read", "notes:write"]),
      state: "xyz",
      resources: ["https://mcp.example.com/mcp"],
      prompt: ["login", "consent"]
    })
    expectTypeOf(decodeAuthorizationRequest).returns.toEqualTypeOf<
      Result.Result<AuthorizationRequest, AuthorizationRequestRejection>
    >()
    expectTypeOf(request.resources).toEqualTypeOf<ReadonlyArray<ResourceIdentifier>>()
    expectTypeOf(request.codeChallenge).toEqualTypeOf<CodeChallenge>()
    expectTypeOf(request.responseType).toEqualTypeOf<"code">()
    expectTypeOf(request.scope).toEqualTypeOf<ScopeSet | undefined>()
  })

  it("leaves out what was not sent", () => {
    const { redirect_uri: _, ...rest } = sound
    const request = Result.getOrThrow(
      Result.flatMap(parseParameters(new URLSearchParams(rest)), decodeAuthorizationRequest)
    )
    expect(request).toEqual({
      clientId: "s6BhdRkqt3",
      responseType: "code",
      codeChallenge: challenge,
      codeChallengeMethod: "S256",
      resources: []
    })
  })

  it.each(["client_id", "response_type"])("needs %s", (parameter) => {
    expect(refused({ [parameter]: "" })).toMatchObject({
      _tag: "ParameterMissing",
      kind: "rejection",
      spec: "OAuth 2.1 section 4.1.1",
      parameter,
      message: `the parameter ${parameter} is required`
    })
  })

  it.each(["token", "code token", "id_token", "none", "CODE", " code"])("refuses the response type %j", (type) => {
    expect(refused({ response_type: type })).toMatchObject({
      _tag: "ResponseTypeUnsupported",
      spec: "OAuth 2.1 section 4.1.1",
      message: "the response_type is not code"
    })
  })

  it("refuses a request without a challenge, with a method or without", () => {
    for (const method of ["S256", "plain", ""]) {
      expect(refused({ code_challenge: "", code_challenge_method: method })).toMatchObject({
        _tag: "ChallengeMissing",
        spec: "RFC 7636 section 4.3",
        message: "the parameter code_challenge is required"
      })
    }
  })

  it("refuses plain, by name or by default, and any other method", () => {
    for (const method of ["plain", "", "s256", "S512"]) {
      expect(refused({ code_challenge_method: method })._tag).toBe("ChallengeMethodUnsupported")
    }
  })

  it("refuses a challenge that no S256 makes", () => {
    for (const text of [
      challenge.slice(1),
      `${challenge}A`,
      "a".repeat(129),
      `${challenge.slice(1)}=`,
      `${challenge.slice(1)}+`,
      `${challenge.slice(1)}/`,
      `${challenge.slice(1)}\u0000`,
      `${challenge.slice(1)}é`
    ]) {
      expect(refused({ code_challenge: text })._tag, text).toBe("CodeChallengeMalformed")
    }
  })

  it("refuses request objects, request URIs and registration, each by its name", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["request", "eyJhbGciOiJub25lIn0.e30."],
      ["request_uri", "http://127.0.0.1/"],
      ["request_uri", "urn:ietf:params:oauth:request_uri:x"],
      ["registration", "{}"]
    ]
    for (const [parameter, value] of cases) {
      expect(refused({ [parameter]: value })).toMatchObject({
        _tag: "ParameterUnsupported",
        spec: "OpenID Connect Core 1.0 section 3.1.2.6",
        parameter,
        message: `the parameter ${parameter} is not supported`
      })
      // Before anything else: what it would replace is not looked at.
      expect(refused({ [parameter]: value, response_type: "token" })._tag).toBe("ParameterUnsupported")
    }
  })

  it("refuses a scope outside its grammar or its bounds", () => {
    for (const scope of ['"', "a\\b", "a\u0007b", "a\u007f", "é", "a  b"]) {
      expect(refused({ scope }), JSON.stringify(scope)).toMatchObject({ _tag: "ScopeMalformed", reason: "token" })
    }
    const many = Array.from({ length: 5000 }, (_, index) => index.toString(36)).join(" ")
    expect(refused({ scope: many })).toMatchObject({ _tag: "ScopeMalformed", reason: "too-long" })
    expect(refused({ scope: "a ".repeat(1000) + "a" })).toMatchObject({
      _tag: "ScopeMalformed",
      reason: "too-many-tokens"
    })
    expect(refused({ scope: "x".repeat(100_000) })).toMatchObject({ _tag: "ParametersTooLarge", reason: "length" })
  })

  it("keeps a state of 4096 characters of any kind, and refuses a longer one and one that is no UTF-8", () => {
    const state = "x\r\nSet-Cookie:a=b&#\u0000é\u{1f511}".padEnd(4096, "s")
    expect(Result.getOrThrow(decode({ state })).state).toBe(state)
    expect(refused({ state: "s".repeat(4097) })).toMatchObject({
      _tag: "ParameterInvalid",
      spec: "OAuth 2.1 appendix A",
      parameter: "state",
      reason: "too-long",
      message: "the parameter state is longer than is accepted"
    })
    const broken = parseParameters(`${new URLSearchParams(sound).toString()}&state=%FF`)
    expect(Result.flatMap(broken, decodeAuthorizationRequest)).toMatchObject({
      failure: {
        parameter: "state",
        reason: "characters",
        message: "the parameter state has characters that are not allowed in it"
      }
    })
  })

  it("refuses a resource that is no secure absolute URI without fragment", () => {
    for (const resource of ["mcp", "https://mcp.example.com/#f", "https://u:p@mcp.example.com/"]) {
      expect(refused({ resource })).toMatchObject({
        _tag: "ResourceInvalid",
        spec: "RFC 8707 section 2",
        reason: "malformed",
        message: "a resource is no absolute URI without fragment"
      })
    }
    expect(refused({ resource: "http://mcp.example.com/" })).toMatchObject({
      _tag: "ResourceInvalid",
      reason: "insecure",
      message: "a resource is neither https nor http on loopback"
    })
    const second = new URLSearchParams({ ...sound, resource: "https://mcp.example.com/mcp" })
    second.append("resource", "nonsense")
    expect(Result.flatMap(parseParameters(second), decodeAuthorizationRequest)).toMatchObject({
      failure: { _tag: "ResourceInvalid" }
    })
  })

  it("reads the thumbprint of the key that the code is to be bound to, as a SHA-256 hash alone", () => {
    const thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    expect(Result.getOrThrow(decode({ dpop_jkt: thumbprint })).dpopJkt).toBe(thumbprint)
    expect(Result.getOrThrow(decode({ dpop_jkt: "" })).dpopJkt).toBeUndefined()
    for (const jkt of [
      thumbprint.slice(1),
      `${thumbprint}A`,
      `${thumbprint.slice(1)}=`,
      `${thumbprint.slice(1)}+`,
      " "
    ]) {
      expect(refused({ dpop_jkt: jkt })).toMatchObject({
        _tag: "ParameterInvalid",
        parameter: "dpop_jkt",
        reason: "value"
      })
    }
  })

  it("knows four prompts, none only alone", () => {
    for (const prompt of ["none", "login", "consent", "select_account", "login consent select_account"]) {
      expect(Result.getOrThrow(decode({ prompt })).prompt).toEqual(prompt.split(" "))
    }
    for (const prompt of ["none login", "create", "login  consent", "LOGIN", "login login", " "]) {
      expect(refused({ prompt })).toMatchObject({
        _tag: "ParameterInvalid",
        parameter: "prompt",
        reason: "value",
        message: "the parameter prompt has a value that is not allowed"
      })
    }
  })

  it("answers in the query and nowhere else", () => {
    expect(Result.isSuccess(decode({ response_mode: "query" }))).toBe(true)
    for (const mode of ["fragment", "form_post"]) {
      expect(refused({ response_mode: mode })).toMatchObject({ parameter: "response_mode", reason: "value" })
    }
  })

  it("refuses a client identifier that is no visible ASCII", () => {
    for (const client_id of ["a\u0000", "a\nb", "é"]) {
      expect(refused({ client_id })).toMatchObject({ parameter: "client_id", reason: "characters" })
    }
  })

  it("never throws", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("code", challenge, "S256", "none"))
    const names = [
      ...Object.keys(sound),
      "scope",
      "state",
      "resource",
      "prompt",
      "request",
      "response_mode",
      "__proto__"
    ]
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value)), (entries) => {
        const parameters = parseParameters(new URLSearchParams(entries))
        if (Result.isFailure(parameters)) return
        decodeAuthorizationRequest(parameters.success)
        peekClient(parameters.success)
      })
    )
  })

  it("reads from a URL that was built exactly what it was built from", () => {
    const request: fc.Arbitrary<AuthorizationRequest> = fc.record(
      {
        clientId: fc.constantFrom("c1", "https://app.example.com/client.json?a=b&c", "~ +%"),
        redirectUri: fc.constantFrom("http://127.0.0.1:1/cb?x=1", "com.example.app:/cb"),
        responseType: fc.constant("code"),
        codeChallenge: fc.constant(Result.getOrThrow(decode()).codeChallenge),
        codeChallengeMethod: fc.constant("S256"),
        scope: fc.constantFrom(new Set(["a", "b+c"]), new Set(["%20"])),
        state: fc.string({ unit: "grapheme", minLength: 1 }).filter((state) => !state.includes("\uFFFD")),
        resources: fc.constantFrom([], Result.getOrThrow(decode({ resource: "https://a.example/?q=1" })).resources),
        prompt: fc.constantFrom(["none"] as const, ["login", "consent"] as const)
      },
      { requiredKeys: ["clientId", "responseType", "codeChallenge", "codeChallengeMethod", "resources"] }
    )
    fc.assert(
      fc.property(request, (sent) => {
        const url = Result.getOrThrow(buildAuthorizationUrl("https://as.example.com/authorize?tenant=1", sent))
        const parameters = Result.getOrThrow(parseParameters(new URL(url).searchParams))
        expect(Result.getOrThrow(decodeAuthorizationRequest(parameters))).toEqual(sent)
        expect(parameters.get("tenant")).toBe("1")
      })
    )
  })
})

describe("peekClient", () => {
  it("reads who asks and where to answer without judging anything", () => {
    const peek = (query: string) => peekClient(Result.getOrThrow(parseParameters(query)))
    expect(peek("client_id=c&redirect_uri=javascript:alert(1)&state=s&response_type=token")).toEqual({
      clientId: "c",
      redirectUri: "javascript:alert(1)",
      state: "s"
    })
    expect(peek("client_id=")).toEqual({})
  })

  it("leaves out a state that could not be given back", () => {
    const peek = (query: string) => peekClient(Result.getOrThrow(parseParameters(query)))
    expect(peek(`client_id=c&state=${"s".repeat(4097)}`)).toEqual({ clientId: "c" })
    expect(peek("client_id=c&state=%FF")).toEqual({ clientId: "c" })
  })
})
