import { makeVerifier, profile } from "@postern/jwt-verify"
import { auth0, clerk, cognito, entraV1, entraV2, keycloak, okta, supabase } from "@postern/jwt-verify/presets"
import { createVerifier } from "@postern/jwt-verify/promise"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { I, jwks, R } from "./fixture.ts"

const TENANT = "11111111-2222-3333-4444-555555555555"

const sentence = (options: unknown): string => {
  const made = makeVerifier(options as never)
  return Result.isFailure(made) ? made.failure.message : "accepted"
}

const thrown = (make: () => unknown): unknown => {
  try {
    return make()
  } catch (error) {
    return error instanceof Error && "_tag" in error && error._tag === "ConfigurationInvalid" ? error.message : error
  }
}

describe("what is said of a wrong option", () => {
  const good = { issuer: I, audience: R, jwks }
  const listed = (issuer: object) => ({ issuer: [{ issuer: I, jwks, ...issuer }], audience: R })

  it.each([
    [null, "options", "it has to be an object"],
    ["https://as.example.com", "options", "it has to be an object"],
    [{ ...good, issuer: null }, "jwks", "it has to stand at each issuer where there is a list of them"],
    [{ ...good, issuer: null, jwks: undefined }, "issuer", "it has to be an issuer or a list of issuers, at least one"],
    [{ ...good, issuer: [I], jwks: undefined }, "issuer[0]", "it has to be an object"],
    [{ ...good, audience: null }, "audience", "it has to be one text or a list of several, none of them empty"],
    [{ ...good, jwks: null }, "jwks", "it has to be a key set or { uri }"],
    [{ ...good, jwks: { keys: [] } }, "jwks", "it has to have a key for the algorithms"],
    [{ ...good, jwks: undefined }, "fetch", "it has to be given for keys that are not given by value"],
    [{ ...good, fetch: null }, "fetch", "it has to be a function"],
    [{ ...good, revoked: null }, "revoked", "it has to be a function"],
    [
      { ...good, algorithms: null },
      "algorithms",
      "it has to be a list of asymmetric signature algorithms, at least one"
    ],
    [{ ...good, clients: null }, "clients", "it has to be a list of client ids, at least one, or a function"],
    [
      { ...good, clockToleranceSeconds: null },
      "clockToleranceSeconds",
      "it has to be a number of seconds from 0 to 60"
    ],
    [{ ...good, foreignAudiences: null }, "foreignAudiences", "it has to be a list of texts, none of them empty"],
    [{ ...good, audienceGroup: ["x"] }, "audienceGroup", "it has to have one of our audiences among its own"],
    [{ ...good, keyCache: null }, "keyCache", "it has to be an object"],
    [
      { ...good, keyCache: { minimumAgeSeconds: 3601 } },
      "keyCache.minimumAgeSeconds",
      "it has to be at most maxAgeSeconds"
    ],
    [{ ...good, keyCache: { maxStaleSeconds: 1 } }, "keyCache.maxStaleSeconds", "it has to be at least maxAgeSeconds"],
    [
      { ...good, tokenCache: { maximumEntries: null } },
      "tokenCache.maximumEntries",
      "it has to be a number of entries from 1 to 1000000"
    ],
    [listed({ dialect: null }), "issuer[0].dialect", "it has to be an object"],
    [listed({ dialect: { ...profile, types: "jwt" } }), "issuer[0].dialect.types", "it has to be a list"],
    [listed({ dialect: { ...profile, name: null } }), "issuer[0].dialect.name", "it has to be a text"],
    [listed({ jwksUri: `${I}/jwks` }), "issuer[0].jwksUri", "it has to be given either by value or by URL"],
    [
      { issuer: [1, 2].map(() => ({ issuer: I, jwks })), audience: R },
      "issuer[1].issuer",
      "it has to be another than those before it"
    ]
  ])("%j: %s, %s", (options, key, reason) => {
    expect(sentence(options)).toBe(`the verifier's option ${key} is wrong: ${reason}`)
  })

  it("is thrown by createVerifier, also of its own fetch", () => {
    expect(thrown(() => createVerifier(null as never))).toBe(
      "the verifier's option audience is wrong: it has to be one text or a list of several, none of them empty"
    )
    for (const fetch of [null, 1, "https://as.example.com"]) {
      expect(thrown(() => createVerifier({ issuer: I, audience: R, fetch: fetch as never }))).toBe(
        "the verifier's option fetch is wrong: it has to be a function"
      )
    }
  })
})

describe("what is said of a wrong option of a preset", () => {
  it.each([
    [() => auth0(null as never), "options is wrong: it has to be an object (of the preset auth0)"],
    [
      () => auth0({ domain: "https://tenant.auth0.com", audience: R }),
      "domain is wrong: it has to be a host name in lower case, without https:// and without a path (of the preset auth0)"
    ],
    [
      () => clerk({ domain: "clerk.example.com" } as never),
      "audience is wrong: it has to be given, or the clients listed whose tokens are for us (of the preset clerk)"
    ],
    [
      () => cognito({ region: "eu-central-1", userPool: "eu-central-1_a", strategy: "scope" } as never),
      "strategy is wrong: it has to be resource, scope-prefix or client (of the preset cognito)"
    ],
    [
      () => entraV1({ tenant: "common", audience: R }),
      "tenant is wrong: it has to be the tenant's id, a GUID in lower case (of the preset entra-v1)"
    ],
    [
      () => entraV2({ tenant: TENANT, audience: R, applicationRoles: "true" as never }),
      "applicationRoles is wrong: it has to be true or false (of the preset entra-v2)"
    ],
    [
      () => keycloak({ server: "https://id.example.com/", realm: "staff", audience: R }),
      "server is wrong: it has to be a URL without a slash at the end (of the preset keycloak)"
    ],
    [
      () => okta({ domain: "example.okta.com", authorizationServer: "", audience: R }),
      "authorizationServer is wrong: it has to be default or the id of a custom authorization server (of the preset okta)"
    ],
    [
      () => supabase({ url: "https://p.supabase.co", audiences: R } as never),
      "audiences is wrong: there is no such option (of the preset supabase)"
    ]
  ])("case %#", (make, said) => {
    expect(thrown(make)).toBe(`the verifier's option ${said}`)
  })

  it("names the preset also where the verifier finds it", () => {
    const issuers = (clients: ReadonlyArray<string>) => [
      entraV2({ tenant: TENANT, audience: R }),
      okta({ domain: "example.okta.com", authorizationServer: "default", audience: R, clients })
    ]
    const fetch = () => Promise.reject(new Error("nothing is fetched"))
    const made = thrown(() => createVerifier({ issuer: issuers([]), audience: R, fetch }))
    expect(made).toBe(
      "the verifier's option issuer[1].clients is wrong: it has to be a list of client ids, at least one, or a function (of the preset okta)"
    )
    expect(sentence({ issuer: issuers(["c1"]), audience: R })).toBe(
      "the verifier's option fetch is wrong: it has to be given for keys that are not given by value (of the preset entra-v2)"
    )
    const [first] = issuers(["c1"])
    expect(thrown(() => createVerifier({ issuer: [first, first] as never, audience: R, fetch }))).toBe(
      "the verifier's option issuer[1].issuer is wrong: it has to be another than those before it (of the preset entra-v2)"
    )
  })
})
