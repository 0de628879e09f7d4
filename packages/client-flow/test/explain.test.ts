import {
  type Explanation,
  explain,
  type FlowError,
  ScopeNotGranted,
  StateMismatch,
  AuthorizationRefused
} from "@postern/client-flow"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  ASM_URL,
  call,
  callback,
  CALLBACK,
  failure,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  REGISTER_URL,
  RESOURCE,
  resourceMetadata,
  serverMetadata,
  TOKEN_URL,
  unauthorized,
  type Visit,
  type World
} from "./world.ts"

describe("explain", () => {
  it("names the layer at fault and a remedy", () => {
    expect(explain(new StateMismatch({ received: "absent" }))).toEqual({
      layer: "client",
      clause: "OAuth 2.1 section 4.1.2",
      remedy: "Start again; the callback belonged to another flow, or state was not returned as it was sent."
    })
    const resource = "https://mcp.example.com"
    expect(
      explain(new ScopeNotGranted({ resource, missing: ["admin"], expected: ["a", "admin"], received: ["a"] }))
    ).toMatchObject({ layer: "user", clause: "RFC 6749 section 3.3", expected: "a admin", received: "a" })
  })

  it("tells a user's no from a server's", () => {
    const refused = (error: string) => new AuthorizationRefused({ issuer: "https://as.example.com", error })
    expect(explain(refused("access_denied")).layer).toBe("user")
    expect(explain(refused("invalid_scope")).layer).toBe("authorization server")
  })

  /** What a whole flow ends with, explained. */
  const explained = async (arrange: (world: World) => void) => {
    const world = makeWorld()
    arrange(world)
    const error = await failure(world.client().fetch(RESOURCE, call()))
    return { tag: error._tag, ...explain(error) }
  }
  const html = (status: number, headers: Readonly<Record<string, string>> = {}) =>
    new Response("<html>Sign in to this network</html>", {
      status,
      headers: { "content-type": "text/html; charset=utf-8", ...headers }
    })
  const PORTAL = "https://login.wifi.example/"

  it.each([
    ["a page instead of metadata", ASM_URL, () => html(200), "FetchRejected"],
    ["a redirect of metadata", PRM_URL, () => html(302, { location: PORTAL }), "FetchRejected"],
    ["502 without JSON for metadata", PRM_URL, () => html(502), "ServerUnavailable"],
    ["504 without a body at registration", REGISTER_URL, () => new Response("", { status: 504 }), "ServerUnavailable"],
    ["a page with 403 at the token endpoint", TOKEN_URL, () => html(403), "AnswerNotJson"],
    ["a page with 200 at the token endpoint", TOKEN_URL, () => html(200), "FetchRejected"],
    ["502 without JSON at the token endpoint", TOKEN_URL, () => html(502), "ServerUnavailable"],
    ["a redirect of the MCP server", RESOURCE, () => html(302, { location: PORTAL }), "ResourceRedirected"]
  ])("finds something between the two: %s", async (_, url, answer, tag) => {
    expect(await explained((world) => void world.routes.set(url, answer))).toMatchObject({
      tag,
      layer: "something between"
    })
  })

  it("blames a server that says itself that it is down, or where it has moved to", async () => {
    const answering = (url: string, answer: () => Response) => explained((world) => void world.routes.set(url, answer))
    const down = () => json({ error: "temporarily_unavailable" }, 503)
    expect(await answering(TOKEN_URL, down)).toMatchObject({ tag: "ServerUnavailable", layer: "authorization server" })
    expect(await answering(ASM_URL, down)).toMatchObject({ layer: "authorization server" })
    expect(await answering(PRM_URL, down)).toMatchObject({ layer: "resource server" })
    expect(await answering(PRM_URL, () => new Response("", { status: 500 }))).toMatchObject({
      layer: "resource server"
    })
    expect(await answering(RESOURCE, () => html(307, { location: `${RESOURCE}/` }))).toMatchObject({
      tag: "ResourceRedirected",
      layer: "resource server",
      expected: RESOURCE,
      received: `${RESOURCE}/`
    })
  })

  it("says which two values differ, without what is secret in them", async () => {
    const prm = (members: Readonly<Record<string, unknown>>) => (world: World) =>
      void world.routes.set(PRM_URL, () => json(resourceMetadata(members)))
    const asm = (members: Readonly<Record<string, unknown>>) => (world: World) =>
      void world.routes.set(ASM_URL, () => json(serverMetadata(members)))
    const stateOf = ({ parameters }: Visit) => parameters.get("state") ?? ""
    const callbackAt = (url: (visit: Visit) => string) => (world: World) => void (world.answer = url)
    const cases: ReadonlyArray<readonly [(world: World) => void, Readonly<Record<string, unknown>>]> = [
      [
        prm({ resource: "https://other.example.com" }),
        {
          layer: "resource server",
          clause: "RFC 9728 section 3.3",
          expected: RESOURCE,
          received: "https://other.example.com"
        }
      ],
      [
        asm({ issuer: `${ISSUER}/` }),
        { layer: "authorization server", clause: "RFC 8414 section 3.3", expected: ISSUER, received: `${ISSUER}/` }
      ],
      [
        asm({ code_challenge_methods_supported: ["plain"] }),
        { layer: "authorization server", expected: "S256", received: "plain" }
      ],
      [
        asm({ token_endpoint: "https://evil.example/t" }),
        { tag: "EndpointForbidden", expected: ISSUER, received: "https://evil.example" }
      ],
      [
        (world) =>
          void world.routes.set(RESOURCE, () => unauthorized(`resource_metadata="https://evil.example/prm?x=hunter2"`)),
        {
          tag: "MetadataUrlForbidden",
          layer: "resource server",
          expected: "https://mcp.example.com",
          received: "https://evil.example/prm?x=<redacted>"
        }
      ],
      [
        callbackAt(({ parameters }) => `https://evil.example/cb?code=hunter2&state=${parameters.get("state")}`),
        { layer: "client", expected: CALLBACK, received: "https://evil.example/cb?code=<redacted>&state=<redacted>" }
      ],
      [
        callbackAt((visit) => callback(visit, { code: "c", state: stateOf(visit), iss: "https://evil.example" })),
        { clause: "RFC 9207 section 2.4", expected: ISSUER, received: "https://evil.example" }
      ],
      [
        callbackAt((visit) => callback(visit, { code: "c", state: stateOf(visit) })),
        { clause: "RFC 9207 section 2.4", expected: ISSUER, received: undefined }
      ],
      [
        (world) =>
          void world.routes.set(REGISTER_URL, () =>
            json({ client_id: "c", redirect_uris: ["https://evil.example/cb"] }, 201)
          ),
        { tag: "RegistrationUnusable", expected: CALLBACK, received: "https://evil.example/cb" }
      ]
    ]
    for (const [arrange, explanation] of cases) {
      const told = await explained(arrange)
      expect(told).toMatchObject({ remedy: expect.stringMatching(/\.$/), ...explanation })
      expect(JSON.stringify(told)).not.toContain("hunter2")
    }
    expect(Object.keys(explain(new StateMismatch({ received: "different" })))).not.toContain("expected")
  })

  it("names a clause for each rejection, and none for a failure", async () => {
    expect(
      await explained((world) => void world.routes.set(TOKEN_URL, () => json({ error: "invalid_grant" }, 400)))
    ).toMatchObject({ tag: "TokenRequestRejected", clause: "RFC 6749 section 5.2" })
    expect(
      await explained((world) => void world.routes.set(ASM_URL, () => Promise.reject(new TypeError("down"))))
    ).toMatchObject({ tag: "TransportFailed", layer: "network", clause: undefined })
  })

  it("has nothing to say about anything else", () => {
    for (const value of [
      undefined,
      null,
      "x",
      new Error("x"),
      { _tag: "StateMismatch" },
      { _tag: "toString", kind: "rejection" }
    ]) {
      expect(explain(value)).toBeUndefined()
    }
  })

  it("always has an answer for an error of a flow", () => {
    expectTypeOf((error: FlowError) => explain(error)).returns.toEqualTypeOf<Explanation>()
    expectTypeOf((error: unknown) => explain(error)).returns.toEqualTypeOf<Explanation | undefined>()
  })
})
