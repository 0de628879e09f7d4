import { explain } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
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
  type World
} from "./world.ts"

const DOCUMENT = "https://client.example/oauth/client.json"
const go = (world: World, options: Parameters<World["client"]>[0] = {}) =>
  Effect.runPromise(world.client(options).fetch(RESOURCE, call()))

describe("the order of the specification", () => {
  it("[CL8] [CL9] [CL13] uses a configured client id first, and never registers then", async () => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ client_id_metadata_document_supported: true })))
    await go(world, { clientIdMetadataUrl: DOCUMENT, registrations: [{ issuer: ISSUER, clientId: "configured" }] })
    expect(world.visits[0]?.parameters.get("client_id")).toBe("configured")
    expect(world.requestsTo(REGISTER_URL)).toEqual([])
  })

  it("[CL10] [CL12] uses our metadata document where the server takes those, else registers", async () => {
    const taking = makeWorld()
    taking.routes.set(ASM_URL, () => json(serverMetadata({ client_id_metadata_document_supported: true })))
    await go(taking, { clientIdMetadataUrl: DOCUMENT })
    expect(taking.visits[0]?.parameters.get("client_id")).toBe(DOCUMENT)
    expect(taking.forms(TOKEN_URL)[0]?.get("client_id")).toBe(DOCUMENT)
    expect(taking.requestsTo(REGISTER_URL)).toEqual([])

    const other = makeWorld()
    await go(other, { clientIdMetadataUrl: DOCUMENT })
    expect(other.visits[0]?.parameters.get("client_id")).toBe("registered-client")
  })

  it("says that a client has to be registered by hand where there is no other way", async () => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ registration_endpoint: undefined })))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "RegistrationUnavailable", issuer: ISSUER })
    expect(world.visits).toEqual([])
  })

  it("[CL7] [CL15] uses a configured client id at its issuer alone", async () => {
    const world = makeWorld()
    await go(world, {
      registrations: [{ issuer: "https://other.example.com", clientId: "elsewhere", clientSecret: "elsewhere-secret" }]
    })
    expect(world.visits[0]?.parameters.get("client_id")).toBe("registered-client")
    expect(JSON.stringify(world.seen.map(({ body, headers, url }) => [body, [...headers], url]))).not.toContain(
      "elsewhere"
    )
  })
})

describe("dynamic registration", () => {
  it("[CL14] [CL30] sends application_type, both grants and the method of authentication that it chose", async () => {
    const world = makeWorld()
    await go(world)
    expect(JSON.parse(world.requestsTo(REGISTER_URL)[0]?.body ?? "")).toEqual({
      application_type: "native",
      client_name: "Test client",
      redirect_uris: [CALLBACK],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none"
    })
  })

  it("calls itself a web application where the redirect URI is one", async () => {
    const world = makeWorld()
    await go(world, { redirectUri: "https://host.example/callback" })
    expect(JSON.parse(world.requestsTo(REGISTER_URL)[0]?.body ?? "")).toMatchObject({ application_type: "web" })
  })

  it("registers once per issuer, and again when the redirect URI is another than the registered one", async () => {
    const world = makeWorld()
    const client = world.client()
    await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(1)
    // Another loopback port is the same registration (RFC 8252 section 7.3), another path is not.
    const moved = world.client({ redirectUri: "http://127.0.0.1:5000/callback" })
    await Effect.runPromise(moved.authorize({ resource: RESOURCE }))
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(1)
    const changed = world.client({ redirectUri: "http://127.0.0.1:5000/other" })
    await Effect.runPromise(changed.authorize({ resource: RESOURCE }))
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(2)
  })

  it("[ASM-20] obeys the method that came back, and refuses what it cannot use", async () => {
    const basic = makeWorld()
    basic.routes.set(REGISTER_URL, ({ body }) =>
      json(
        {
          ...JSON.parse(body),
          client_id: "https://other.example/cimd.json",
          client_secret: "s",
          token_endpoint_auth_method: "client_secret_basic",
          issuer: "https://evil.example"
        },
        201
      )
    )
    await go(basic)
    const token = basic.requestsTo(TOKEN_URL)[0]
    expect(token?.headers.get("authorization")).toBe(`Basic ${btoa("https%3A%2F%2Fother.example%2Fcimd.json:s")}`)
    const kept = await Effect.runPromise(basic.store.findCredentials(RESOURCE, "default"))
    expect(kept.map(({ issuer }) => issuer)).toEqual([ISSUER])
    expect(await Effect.runPromise(basic.store.findRegistration("https://evil.example"))).toBeUndefined()

    const answers: ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]> = [
      ["redirect_uris", { redirect_uris: ["https://evil.example/cb"] }],
      ["token_endpoint_auth_method", { token_endpoint_auth_method: "private_key_jwt" }],
      ["client_secret", { token_endpoint_auth_method: "client_secret_basic" }],
      ["grant_types", { grant_types: ["implicit"] }]
    ]
    for (const [parameter, answer] of answers) {
      const world = makeWorld()
      world.routes.set(REGISTER_URL, () => json({ client_id: "c", ...answer }, 201))
      const error = await failure(world.client().fetch(RESOURCE, call()))
      expect(error).toMatchObject({ _tag: "RegistrationUnusable", parameter })
      expect(world.visits).toEqual([])
      expect(await Effect.runPromise(world.store.findRegistration(ISSUER))).toBeUndefined()
    }

    const injected = makeWorld()
    injected.routes.set(REGISTER_URL, () =>
      json({ client_id: "c", client_secret: "a\r\nx: y", token_endpoint_auth_method: "client_secret_basic" }, 201)
    )
    expect(await failure(injected.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "MetadataMalformed",
      document: "client information"
    })
  })

  it("says why a server refused to register us, with its code", async () => {
    const world = makeWorld()
    world.routes.set(REGISTER_URL, () => json({ error: "invalid_redirect_uri" }, 400))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationRejected",
      status: 400,
      error: "invalid_redirect_uri"
    })
    world.routes.set(REGISTER_URL, () => new Response("", { status: 503 }))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ServerUnavailable",
      purpose: "registration",
      status: 503
    })
  })
})

describe("client authentication", () => {
  const withMethods = (methods: ReadonlyArray<string> | undefined) => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ token_endpoint_auth_methods_supported: methods })))
    return world
  }
  const registrations = [{ issuer: ISSUER, clientId: "c", clientSecret: "top-secret" }]

  it("[ASM-11] sends a secret by a method that the server lists, in one place, and by Basic where it lists none", async () => {
    for (const methods of [["none"], ["private_key_jwt"], ["tls_client_auth"]]) {
      const world = withMethods(methods)
      const error = await failure(world.client({ registrations }).fetch(RESOURCE, call()))
      expect(error).toMatchObject({
        _tag: "ClientAuthenticationUnsupported",
        member: "token_endpoint_auth_methods_supported"
      })
      expect(explain(error)).toMatchObject({
        expected: "client_secret_basic client_secret_post",
        received: methods.join(" ")
      })
      expect(world.visits).toEqual([])
      expect(world.requestsTo(TOKEN_URL)).toEqual([])
    }
    for (const methods of [undefined, ["client_secret_basic", "client_secret_post"]]) {
      const world = withMethods(methods)
      await go(world, { registrations })
      expect(world.requestsTo(TOKEN_URL)[0]?.headers.get("authorization")).toBe(`Basic ${btoa("c:top-secret")}`)
      expect(world.requestsTo(TOKEN_URL)[0]?.body).not.toContain("top-secret")
    }
    const post = withMethods(["client_secret_post"])
    await go(post, { registrations })
    expect(post.requestsTo(TOKEN_URL)[0]?.headers.has("authorization")).toBe(false)
    expect(post.forms(TOKEN_URL)[0]?.get("client_secret")).toBe("top-secret")
    expect(post.forms(TOKEN_URL)[0]?.get("client_id")).toBe("c")
  })

  it("asks for Basic or the form in a registration where the server takes no public clients", async () => {
    for (const method of ["client_secret_basic", "client_secret_post"]) {
      const world = withMethods([method])
      world.routes.set(REGISTER_URL, ({ body }) =>
        json({ ...JSON.parse(body), client_id: "c", client_secret: "s" }, 201)
      )
      await go(world)
      expect(JSON.parse(world.requestsTo(REGISTER_URL)[0]?.body ?? "")).toMatchObject({
        token_endpoint_auth_method: method
      })
    }
    const impossible = withMethods(["private_key_jwt"])
    const error = await failure(impossible.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "ClientAuthenticationUnsupported" })
    expect(explain(error)).toMatchObject({
      expected: "none client_secret_basic client_secret_post",
      received: "private_key_jwt"
    })
  })

  it("follows no redirect of the token or the registration endpoint, and takes no secret there", async () => {
    for (const status of [307, 308]) {
      for (const endpoint of [TOKEN_URL, REGISTER_URL]) {
        const world = withMethods(["client_secret_post"])
        world.routes.set(REGISTER_URL, ({ body }) =>
          json({ ...JSON.parse(body), client_id: "c", client_secret: "registered-secret" }, 201)
        )
        world.routes.set(
          endpoint,
          () => new Response(null, { status, headers: { location: "https://evil.com/steal" } })
        )
        const error = await failure(world.client().fetch(RESOURCE, call()))
        expect(error).toMatchObject({ _tag: "FetchRejected", reason: "redirect" })
        expect(world.urls()).not.toContain("https://evil.com/steal")
      }
    }
    // A refresh is a token request too, and has no redirect to follow either.
    const world = withMethods(["client_secret_post"])
    const client = world.client({ registrations })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.issued.length = 0
    world.routes.set(
      TOKEN_URL,
      () => new Response(null, { status: 307, headers: { location: "https://evil.com/steal" } })
    )
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "FetchRejected", reason: "redirect" })
    expect(world.urls()).not.toContain("https://evil.com/steal")
  })
})

describe("another authorization server", () => {
  it("[PRM-10] [CL15] [CL29] [MIX-13] takes nothing of the first server to the second: no client id, secret or token; and says so", async () => {
    const second = "https://as2.example.com"
    const world = makeWorld()
    world.routes.set(ASM_URL, () =>
      json(serverMetadata({ token_endpoint_auth_methods_supported: ["client_secret_post"] }))
    )
    world.routes.set(REGISTER_URL, ({ body }) =>
      json({ ...JSON.parse(body), client_id: "first-client", client_secret: "first-secret" }, 201)
    )
    await go(world)
    const [first] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    expect(first).toMatchObject({
      issuer: ISSUER,
      clientId: "first-client",
      accessToken: "access-1",
      refreshToken: "refresh-1"
    })

    world.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers: [second] })))
    world.routes.set(`${second}/.well-known/oauth-authorization-server`, () => json(serverMetadata({}, second)))
    world.routes.set(`${second}/register`, ({ body }) => json({ ...JSON.parse(body), client_id: "second-client" }, 201))
    world.routes.set(`${second}/token`, () => {
      world.issued.push("second-token")
      return json({ access_token: "second-token", token_type: "Bearer" })
    })
    world.answer = ({ parameters, redirectUri }) =>
      `${redirectUri}?code=c2&state=${parameters.get("state")}&iss=${encodeURIComponent(second)}`
    world.seen.length = 0
    // A new process with the same store: the kept token is not sent to a server that names another issuer.
    const response = await Effect.runPromise(world.client().fetch(RESOURCE, call()))
    expect(response.status).toBe(200)
    const after = JSON.stringify(world.seen.map(({ body, headers, url }) => [url, body, [...headers]]))
    for (const secret of ["first-client", "first-secret", "access-1", "refresh-1"]) expect(after).not.toContain(secret)
    expect(world.visits.at(-1)?.parameters.get("client_id")).toBe("second-client")
    expect(world.events).toContainEqual({ _tag: "ServerChanged", resource: RESOURCE, issuer: second, previous: ISSUER })
  })

  it("gets our metadata document as client id again, but none of the tokens that the first server gave for it", async () => {
    const second = "https://as2.example.com"
    const world = makeWorld()
    const documents = { client_id_metadata_document_supported: true }
    world.routes.set(ASM_URL, () => json(serverMetadata(documents)))
    await go(world, { clientIdMetadataUrl: DOCUMENT })
    world.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers: [second] })))
    world.routes.set(`${second}/.well-known/oauth-authorization-server`, () => json(serverMetadata(documents, second)))
    world.routes.set(`${second}/token`, () => {
      world.issued.push("second-token")
      return json({ access_token: "second-token", token_type: "Bearer" })
    })
    world.answer = ({ parameters, redirectUri }) =>
      `${redirectUri}?code=c2&state=${parameters.get("state")}&iss=${encodeURIComponent(second)}`
    world.seen.length = 0
    expect((await go(world, { clientIdMetadataUrl: DOCUMENT })).status).toBe(200)
    expect(world.visits.at(-1)?.parameters.get("client_id")).toBe(DOCUMENT)
    const after = JSON.stringify(world.seen.map(({ body, headers, url }) => [url, body, [...headers]]))
    for (const secret of ["access-1", "refresh-1"]) expect(after).not.toContain(secret)
  })
})

it("keeps its registration when the code was refused", async () => {
  const world = makeWorld()
  const works = world.routes.get(TOKEN_URL)
  world.routes.set(TOKEN_URL, () => json({ error: "invalid_grant" }, 400))
  const client = world.client()
  expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ error: "invalid_grant" })
  world.routes.set(TOKEN_URL, (request) => works?.(request) ?? json({}, 500))
  expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(200)
  expect(world.requestsTo(REGISTER_URL)).toHaveLength(1)
})
