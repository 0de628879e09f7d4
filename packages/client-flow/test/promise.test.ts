import { type FlowError, UserAgentFailed } from "@postern/client-flow"
import { authorizedFetch, createClient, type PromiseClientOptions } from "@postern/client-flow/promise"
import { makeTransport } from "@postern/safe-fetch"
import type * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  call,
  callback,
  CALLBACK,
  insufficientScope,
  ISSUER,
  json,
  makeWorld,
  RESOURCE,
  TOKEN_URL,
  unauthorized,
  type World
} from "./world.ts"

const options = (world: World): PromiseClientOptions => ({
  transport: makeTransport({ fetch: world.fetch }),
  resourceFetch: world.fetch,
  store: world.store,
  redirectUri: async () => CALLBACK,
  clientMetadata: { client_name: "Test client" },
  userAgent: async ({ authorizationUrl, redirectUri, state }) => {
    const url = new URL(authorizationUrl)
    const visit = { url, parameters: url.searchParams, redirectUri }
    world.visits.push(visit)
    return callback(visit, { code: "c", state, iss: ISSUER })
  }
})

describe("the client with Promises", () => {
  it("has the methods of the other, resolving to results", async () => {
    const world = makeWorld()
    const client = createClient(options(world))
    expect(await client.fetch(RESOURCE, call())).toMatchObject({ _tag: "Success", success: { status: 200 } })
    expect(await client.accessToken(RESOURCE)).toMatchObject({ _tag: "Success", success: "access-1" })
    expect(await client.authorize({ resource: RESOURCE })).toMatchObject({ success: { accessToken: "access-2" } })
    expect(await client.fetch("http://mcp.example.com", call())).toMatchObject({
      _tag: "Failure",
      failure: { _tag: "TransportInsecure" }
    })
    expectTypeOf(client.fetch).returns.resolves.toEqualTypeOf<Result.Result<Response, FlowError>>()
  })

  it("throws for a wrong option", () => {
    expect(() => createClient({ ...options(makeWorld()), maximumAuthorizations: 0 })).toThrow("maximumAuthorizations")
  })

  it("says what the user agent rejected with, by its tag where it has one", async () => {
    const rejections: ReadonlyArray<readonly [unknown, string]> = [
      [new Error("closed"), "rejected"],
      [new UserAgentFailed({ reason: "RedirectTimedOut" }), "UserAgentFailed"]
    ]
    for (const [thrown, reason] of rejections) {
      const client = createClient({ ...options(makeWorld()), userAgent: () => Promise.reject(thrown) })
      const result = await client.fetch(RESOURCE, call())
      expect(result).toMatchObject({ failure: { _tag: "UserAgentFailed" } })
      if (reason === "rejected") expect(result).toMatchObject({ failure: { reason } })
    }
  })

  it("asks a policy that answers with a Promise", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? insufficientScope("admin") : unauthorized(`scope="a"`)
    )
    const client = createClient({ ...options(world), scope: { onStepUp: async (added) => !added.has("admin") } })
    expect(await client.fetch(RESOURCE, call())).toMatchObject({
      failure: { _tag: "StepUpDeclined", added: ["admin"] }
    })
  })

  it("takes the steps of an adapter that received the answer itself", async () => {
    const world = makeWorld()
    const client = createClient(options(world))
    expect(await client.answer({ resource: RESOURCE, response: unauthorized(), sent: undefined })).toMatchObject({
      success: "access-1"
    })
    expect(await client.answer({ resource: RESOURCE, response: json({}), sent: "access-1" })).toMatchObject({
      success: undefined
    })
    world.issued.length = 0
    expect(await client.answer({ resource: RESOURCE, response: unauthorized(), sent: "access-1" })).toMatchObject({
      success: "access-1"
    })
    expect(world.forms(TOKEN_URL).at(-1)?.get("grant_type")).toBe("refresh_token")
    expect(
      await client.answer({
        resource: RESOURCE,
        response: unauthorized(),
        sent: "access-1",
        refreshed: true,
        authorized: true
      })
    ).toMatchObject({ failure: { _tag: "TokenRefused" } })
  })
})

describe("authorizedFetch", () => {
  it("is a fetch: takes a URL and init, buffers a stream for the second try, resolves to the answer", async () => {
    const world = makeWorld()
    const fetch = authorizedFetch(createClient(options(world)), RESOURCE)
    const body = new Blob(["streamed"]).stream()
    const response = await fetch(new URL(RESOURCE), { method: "POST", body })
    expect(response.status).toBe(200)
    expect(world.requestsTo(RESOURCE).map(({ body }) => body)).toEqual(["streamed", "streamed"])
    expect((await fetch(RESOURCE)).status).toBe(200)
    expect((await fetch(call())).status).toBe(200)
  })

  it("rejects with the rejection itself", async () => {
    const world = makeWorld()
    const fetch = authorizedFetch(createClient(options(world)), RESOURCE)
    await expect(fetch("https://evil.example/")).rejects.toMatchObject({
      _tag: "RequestOutsideResource",
      kind: "rejection"
    })
  })

  it("rejects with the reason of an abort, and stops the flow", async () => {
    const world = makeWorld()
    const controller = new AbortController()
    let stopped = false
    const client = createClient({
      ...options(world),
      userAgent: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            stopped = true
            reject(new Error("stopped"))
          })
          controller.abort("enough")
        })
    })
    await expect(authorizedFetch(client, RESOURCE)(RESOURCE, { signal: controller.signal })).rejects.toBe("enough")
    expect(stopped).toBe(true)
  })
})
