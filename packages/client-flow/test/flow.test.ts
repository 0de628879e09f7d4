import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import {
  ASM_URL,
  call,
  CALLBACK,
  makeWorld,
  PRM_URL,
  REGISTER_URL,
  RESOURCE,
  resourceMetadata,
  ROOT_PRM_URL,
  run,
  serverMetadata,
  TOKEN_URL,
  json,
  unauthorized
} from "./world.ts"

it("[CL1] [CL3] goes from a 401 to an answer: metadata of both servers, registration, the user, the exchange, the call", async () => {
  const world = makeWorld()
  const response = await Effect.runPromise(world.client().fetch(RESOURCE, call()))
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ ok: true })
  expect(world.urls()).toEqual([RESOURCE, PRM_URL, ASM_URL, REGISTER_URL, TOKEN_URL, RESOURCE])
  expect(world.visits).toHaveLength(1)
})

it("[CL28] sends the token in the Authorization header of every request, and in no URL", async () => {
  const world = makeWorld()
  const client = world.client()
  await Effect.runPromise(client.fetch(RESOURCE, call()))
  await Effect.runPromise(client.fetch(RESOURCE, call()))
  const authorizations = world.requestsTo(RESOURCE).map(({ headers }) => headers.get("authorization"))
  expect(authorizations).toEqual([null, "Bearer access-1", "Bearer access-1"])
  expect(world.urls().filter((url) => url.includes("access-1"))).toEqual([])
})

it("[AUD-16] [CL25] [CL27] sends the resource in the authorization request, the code exchange and the refresh, always the same", async () => {
  const world = makeWorld()
  const client = world.client()
  await Effect.runPromise(client.fetch(RESOURCE, call()))
  world.issued.length = 0
  await Effect.runPromise(client.fetch(RESOURCE, call()))
  const [exchange, refresh] = world.forms(TOKEN_URL)
  expect(world.visits.map(({ parameters }) => parameters.getAll("resource"))).toEqual([["https://mcp.example.com/mcp"]])
  expect(exchange?.get("grant_type")).toBe("authorization_code")
  expect(exchange?.getAll("resource")).toEqual(["https://mcp.example.com/mcp"])
  expect(refresh?.get("grant_type")).toBe("refresh_token")
  expect(refresh?.getAll("resource")).toEqual(["https://mcp.example.com/mcp"])
})

it("[AUD-17] [CL26] asks for the canonical form of the URL that was typed, without its fragment", async () => {
  const world = makeWorld()
  const typed = "https://MCP.Example.com:443/a/../mcp?tenant=1#x"
  const canonical = "https://mcp.example.com/mcp?tenant=1"
  const document = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp?tenant=1"
  world.routes.set(document, () => json(resourceMetadata({ resource: canonical })))
  world.routes.set(canonical, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized("")))
  await Effect.runPromise(world.client().fetch(typed, call("read", canonical)))
  expect(world.visits[0]?.parameters.get("resource")).toBe("https://mcp.example.com/mcp?tenant=1")
  expect(world.forms(TOKEN_URL)[0]?.get("resource")).toBe("https://mcp.example.com/mcp?tenant=1")
})

it("sends an authorization request with all that OAuth 2.1 wants, once each, and what the endpoint's own query has", async () => {
  const world = makeWorld()
  await Effect.runPromise(world.client().fetch(RESOURCE, call()))
  const parameters = world.visits[0]?.parameters
  expect([...(parameters?.keys() ?? [])].sort()).toEqual([
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "resource",
    "response_type",
    "state"
  ])
  expect(parameters?.get("response_type")).toBe("code")
  expect(parameters?.get("code_challenge_method")).toBe("S256")
  expect(parameters?.get("redirect_uri")).toBe(CALLBACK)
})

it("[ASM-17] keeps the query of the authorization endpoint and replaces what it says about our parameters", async () => {
  const world = makeWorld()
  const authorization_endpoint =
    "https://as.example.com/authorize?tenant=1&client_id=evil&redirect_uri=https%3A%2F%2Fevil.example"
  world.routes.set(ASM_URL, () => json(serverMetadata({ authorization_endpoint })))
  await Effect.runPromise(world.client().fetch(RESOURCE, call()))
  const parameters = world.visits[0]?.parameters
  expect(parameters?.getAll("tenant")).toEqual(["1"])
  expect(parameters?.getAll("client_id")).toEqual(["registered-client"])
  expect(parameters?.getAll("redirect_uri")).toEqual([CALLBACK])

  const fragment = makeWorld()
  fragment.routes.set(ASM_URL, () => json(serverMetadata({ authorization_endpoint: `${authorization_endpoint}#frag` })))
  const refused = await run(fragment.client().fetch(RESOURCE, call()))
  expect(refused).toMatchObject({ failure: { _tag: "MetadataMalformed" } })
  expect(fragment.visits).toEqual([])
})

it("[PRM-04] takes the root document for a server below it, and then asks for the root as it is written there", async () => {
  const world = makeWorld()
  world.routes.delete(PRM_URL)
  world.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized("")))
  world.routes.set(ROOT_PRM_URL, () => json(resourceMetadata({ resource: "https://mcp.example.com" })))
  await Effect.runPromise(world.client().fetch(RESOURCE, call()))
  expect(world.visits[0]?.parameters.get("resource")).toBe("https://mcp.example.com")
  expect(world.forms(TOKEN_URL)[0]?.get("resource")).toBe("https://mcp.example.com")

  const elsewhere = makeWorld()
  elsewhere.routes.set(PRM_URL, () => json(resourceMetadata({ resource: "https://mcp.example.com" })))
  const refused = await run(elsewhere.client().fetch(RESOURCE, call()))
  expect(refused).toMatchObject({ failure: { _tag: "ResourceMismatch" } })
})
