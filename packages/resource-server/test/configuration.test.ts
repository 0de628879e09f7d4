import { entraV2, okta } from "@postern/jwt-verify/presets"
import { makeGuard, makeIntrospector } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"

const AS = "https://as.example.com"
const good = {
  resource: "https://mcp.example.com/mcp",
  authorizationServers: [AS],
  operations: { default: ["files:read"] }
}
const introspection = { endpoint: `${AS}/introspect`, clientId: "rs", clientSecret: Redacted.make("a-secret") }
const okta1 = { domain: "example.okta.com", authorizationServer: "default", audience: good.resource }

/** What a guard with these options is refused for; options also come from JavaScript. */
const saidOf = (options: unknown): unknown => {
  try {
    createGuard(options as never)
    return "accepted"
  } catch (error) {
    return error instanceof Error && "_tag" in error && error._tag === "ConfigurationInvalid" ? error.message : error
  }
}

const said = (changes: object): unknown => saidOf({ ...good, ...changes })

// Every kind of value that the option might be taken for.
const NUMBER = 7
const TEXT = "text"
const LIST = [7]
const UNKNOWN = { bogus: 1 }
const function_ = () => 7

type Row = readonly [key: string, reason: string, ...wrong: ReadonlyArray<unknown>]

const cases = (rows: ReadonlyArray<Row>) => rows.map(([key, reason, ...wrong]) => ({ key, reason, wrong }))

const OBJECT = "it has to be an object"
const LIST_OF_TEXTS = "it has to be a list of texts"
const FLAG = "it has to be true or false"
const AUDIENCES = "it has to be a list of texts, none of them empty"

const rows: ReadonlyArray<Row> = [
  ["resource", "it has to be given", undefined],
  ["resource", "it has to be a text, and not an empty one", NUMBER, null, "", LIST, UNKNOWN, true],
  ["resource", "the resource identifier is malformed (not-absolute)", TEXT],
  ["resource", "the URL must be https, or http on a loopback host", "http://mcp.example.com/mcp"],
  [
    "authorizationServers",
    "it has to be a list of authorization servers, at least one",
    undefined,
    NUMBER,
    AS,
    null,
    [],
    { issuer: AS }
  ],
  ["operations", OBJECT, undefined, NUMBER, TEXT, null, LIST],
  ["publicOperations", OBJECT, NUMBER, "", null, LIST],
  ["hierarchy", OBJECT, NUMBER, "", null, LIST],
  ["closedToStepUp", LIST_OF_TEXTS, NUMBER, TEXT, "", null, LIST, UNKNOWN],
  [
    "closedToStepUp",
    'it has to list scopes that a rule or the hierarchy names, and none names "files:reed"',
    ["files:read", "files:reed"]
  ],
  ["closedToStepUp", "offline_access is not a scope of a resource", ["offline_access"]],
  ["tokens", OBJECT, NUMBER, TEXT, null, LIST],
  ["verifier", "it has to have the function verify", NUMBER, TEXT, null, LIST, UNKNOWN, { verify: 7 }],
  ["transport", "it has to have the function fetch", NUMBER, TEXT, null, LIST, UNKNOWN],
  ["introspection", OBJECT, NUMBER, TEXT, null, LIST],
  ["dpop", OBJECT, NUMBER, TEXT, null, LIST, true],
  ["sessions", "it has to have the functions start, accepts, end", NUMBER, null, LIST, { start: function_ }],
  ["filterLists", FLAG, NUMBER, TEXT, null, LIST],
  ["rootMetadata", FLAG, NUMBER, TEXT, null, LIST],
  ["toolChallenges", 'it has to be "status", "result" or a function', NUMBER, TEXT, null, LIST, UNKNOWN],
  ["scopesSupported", LIST_OF_TEXTS, NUMBER, TEXT, "", null, LIST, [null], ["files:read", 7], UNKNOWN, function_],
  ["resourceName", "it has to be a text, and not an empty one", NUMBER, "", null, LIST, UNKNOWN],
  ["resourceDocumentation", "it has to be a text, and not an empty one", NUMBER, "", null, LIST],
  ["resourceDocumentation", "the URL is malformed (not-absolute)", TEXT],
  ["maximumBodyBytes", "it has to be a positive integer", TEXT, null, LIST, 0, 1.5, Number.NaN],
  ["onDecision", "it has to be a function", NUMBER, TEXT, null, LIST],
  ["services", "it has to be a Context of Effect", NUMBER, TEXT, null, LIST, {}, UNKNOWN],
  ["bogus", "there is no such option", 1, undefined, null]
]

// Places inside of an option: the key is the path, and the value stands at its end.
const within: ReadonlyArray<Row> = [
  ["operations.default", LIST_OF_TEXTS, NUMBER, TEXT, null, LIST],
  ["operations.tools", OBJECT, NUMBER, null, LIST],
  ["operations.tools.read", LIST_OF_TEXTS, TEXT, null, LIST],
  ["operations.tool", "there is no such option", {}],
  ["publicOperations.methods", LIST_OF_TEXTS, TEXT, null, LIST],
  ["publicOperations.default", "there is no such option", []],
  ["hierarchy.admin", LIST_OF_TEXTS, TEXT, null, LIST],
  ["tokens.bogus", "there is no such option", 1],
  ["tokens.issuer", "there is no such option", AS],
  ["tokens.audienceAliases", LIST_OF_TEXTS, TEXT, null],
  ["tokens.audienceAliases", "it has to be one text or a list of several, none of them empty", LIST, [""]],
  ["tokens.algorithms", "it has to be a list of asymmetric signature algorithms, at least one", null, TEXT, []],
  ["tokens.clockToleranceSeconds", "it has to be a number of seconds from 0 to 60", null, TEXT, 61],
  ["tokens.foreignAudiences", AUDIENCES, null, TEXT, LIST],
  ["tokens.clients", "it has to be a list of client ids, at least one, or a function", null, TEXT, []],
  ["tokens.audienceGroup", "it has to have one of our audiences among its own", ["https://other.example.com"]],
  ["tokens.revoked", "it has to be a function", null, LIST],
  ["tokens.onKeyProblem", "it has to be a function", null, true],
  ["tokens.keyCache", OBJECT, null, NUMBER],
  ["tokens.keyCache.maxAge", "there is no such option", 1],
  ["tokens.tokenCache", OBJECT, null, true],
  ["tokens.tokenCache.maximumEntries", "it has to be a number of entries from 1 to 1000000", null, 0, TEXT],
  ["dpop.required", FLAG, null, "yes"],
  ["dpop.memory", "it has to have the function remember", null, "", UNKNOWN],
  ["dpop.nonces", "it has to be made by makeNonces", null, "", UNKNOWN],
  ["dpop.bogus", "there is no such option", 1]
]

const at = (path: string, value: unknown): object => {
  const [name = "", ...rest] = path.split(".")
  return { [name]: rest.length === 0 ? value : at(rest.join("."), value) }
}

describe("an option of the guard that is wrong", () => {
  it.each(cases(rows))("$key: $reason", ({ key, reason, wrong }) => {
    for (const value of wrong) {
      expect(said({ [key]: value }), JSON.stringify(value)).toBe(`the guard's option ${key} is wrong: ${reason}`)
    }
  })

  it.each(cases(within))("$key: $reason", ({ key, reason, wrong }) => {
    for (const value of wrong) {
      expect(said(at(key, value)), JSON.stringify(value)).toBe(`the guard's option ${key} is wrong: ${reason}`)
    }
  })

  it.each([
    [[AS, null], "authorizationServers[1]", "it has to be an issuer identifier, or what a preset makes"],
    [[AS, [AS]], "authorizationServers[1]", "it has to be an issuer identifier, or what a preset makes"],
    // The preset itself, not called.
    [[entraV2], "authorizationServers[0]", "it has to be an issuer identifier, or what a preset makes"],
    [[AS, "http://as.example.com"], "authorizationServers[1]", "the URL must be https, or http on a loopback host"],
    [[AS, "as.example.com"], "authorizationServers[1]", "the issuer identifier is malformed (not-absolute)"],
    [[AS, ""], "authorizationServers[1]", "it has to be a text, and not an empty one"],
    [[{}], "authorizationServers[0].issuer", "it has to be given"],
    [[{ issuer: null }], "authorizationServers[0].issuer", "it has to be a text, and not an empty one"],
    [[{ issuer: AS, jwks_uri: AS }], "authorizationServers[0].jwks_uri", "there is no such option"],
    [[AS, { issuer: AS }], "authorizationServers[1].issuer", "it has to be another than those before it"],
    [[{ issuer: AS, dialect: "okta" }], "authorizationServers[0].dialect", OBJECT],
    [
      [AS, okta({ ...okta1, clients: [] })],
      "authorizationServers[1].clients",
      "it has to be a list of client ids, at least one, or a function (of the preset okta)"
    ]
  ])("in a list is named by its place: %j", (authorizationServers, key, reason) => {
    expect(said({ authorizationServers })).toBe(`the guard's option ${key} is wrong: ${reason}`)
  })

  it("of an authorization server is not said again where introspection shares it", () => {
    const wrong = { tokens: { clients: "desktop" }, introspection }
    expect(said(wrong)).toBe(
      "the guard's option tokens.clients is wrong: it has to be a list of client ids, at least one, or a function"
    )
  })

  it("has its preset as a fact", () => {
    expect(() => createGuard({ ...good, authorizationServers: [okta({ ...okta1, clients: [] })] })).toThrow(
      expect.objectContaining({ _tag: "ConfigurationInvalid", key: "authorizationServers[0].clients", preset: "okta" })
    )
  })

  it.each([
    ["endpoint", "it has to be given", undefined],
    ["endpoint", "it has to be a text, and not an empty one", null],
    ["endpoint", "the URL must be https, or http on a loopback host", "http://as.example.com/introspect"],
    ["clientId", "it has to be given", undefined],
    ["clientId", "it has to be a text, and not an empty one", ""],
    ["clientSecret", "it has to be a Redacted of a text, and not of an empty one", "a-secret"],
    ["authentication", "it has to be client_secret_basic or client_secret_post", null],
    ["issuer", "it has to be one of the authorization servers", null],
    ["tokens", 'it has to be "opaque" or "all"', null],
    ["foreignAudiences", AUDIENCES, null],
    ["clients", "it has to be a list of texts, at least one and none of them empty", []],
    ["clockToleranceSeconds", "it has to be a number from 0 to 60", null],
    ["maximumCacheSeconds", "it has to be a number from 0 to 3600", null],
    ["maximumCacheEntries", "it has to be a number from 1 to 1000000", null],
    ["audience", "there is no such option", "x"],
    ["bogus", "there is no such option", 1]
  ])("introspection.%s: %s", (name, reason, value) => {
    const changes = { introspection: { ...introspection, [name]: value } }
    expect(said(changes)).toBe(`the guard's option introspection.${name} is wrong: ${reason}`)
  })

  it("is named by both faces, and so are options that are none", () => {
    for (const options of [undefined, null, 7, TEXT, LIST]) {
      expect(saidOf(options), String(options)).toBe("the guard's option options is wrong: it has to be an object")
    }
    const guard = makeGuard({ ...good, bogus: 1 } as never)
    expect(Result.isFailure(guard) && guard.failure.message).toBe(
      "the guard's option bogus is wrong: there is no such option"
    )
    const made = makeIntrospector(null as never)
    expect(Result.isFailure(made) && made.failure.message).toBe(
      "the guard's option options is wrong: it has to be an object"
    )
    const verifier = { verify: () => Effect.never, recall: null }
    expect(said({ verifier })).toBe("the guard's option verifier.recall is wrong: it has to be a function")
  })

  it("is no option that is absent", () => {
    const absent = Object.fromEntries(
      ["publicOperations", "hierarchy", "closedToStepUp", "tokens", "verifier", "transport", "introspection"].map(
        (name) => [name, undefined]
      )
    )
    expect(said(absent)).toBe("accepted")
    expect(said({ closedToStepUp: ["files:read", "admin"], hierarchy: { admin: ["files:read"] } })).toBe("accepted")
  })
})
