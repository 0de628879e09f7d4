import type { FlowError } from "@postern/client-flow"
import { AssertionUnavailable } from "@postern/client-flow/machine"
import { createMachineClient, type PromiseMachineGrant } from "@postern/client-flow/machine/promise"
import { makeTransport } from "@postern/safe-fetch"
import type * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import { ASM_URL, call, ISSUER, json, makeWorld, RESOURCE, serverMetadata, TOKEN_URL } from "../world.ts"

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

const setUp = (grant: PromiseMachineGrant) => {
  const world = makeWorld()
  world.routes.set(ASM_URL, () =>
    json(
      serverMetadata({
        grant_types_supported: ["client_credentials", JWT_BEARER],
        token_endpoint_auth_methods_supported: ["client_secret_basic"]
      })
    )
  )
  const client = createMachineClient({
    transport: makeTransport({ fetch: world.fetch }),
    resourceFetch: world.fetch,
    store: world.store,
    registrations: [{ issuer: ISSUER, clientId: "machine", clientSecret: "s" }],
    grant
  })
  return { world, client }
}

describe("a client without a browser, with Promises", () => {
  it("has the methods of the other, resolving to results", async () => {
    const { client } = setUp({ type: "client_credentials" })
    expect(await client.fetch(RESOURCE, call())).toMatchObject({ _tag: "Success", success: { status: 200 } })
    expect(await client.accessToken(RESOURCE)).toMatchObject({ success: "access-1" })
    expectTypeOf(client.fetch).returns.resolves.toEqualTypeOf<Result.Result<Response, FlowError>>()
  })

  it("waits for what the host brings, and says why it brought nothing", async () => {
    const { client, world } = setUp({ type: "workload", assertion: async ({ issuer }) => `for.${issuer}.x` })
    await client.fetch(RESOURCE, call())
    expect(world.forms(TOKEN_URL)[0]?.get("assertion")).toBe(`for.${ISSUER}.x`)

    const rejections: ReadonlyArray<readonly [unknown, string]> = [
      [new Error("gone"), "rejected"],
      [new AssertionUnavailable({ reason: "expired", cause: undefined }), "AssertionUnavailable"]
    ]
    for (const [thrown, reason] of rejections) {
      const failing = setUp({
        type: "enterprise",
        identityProvider: {
          issuer: "https://idp.example.com",
          tokenEndpoint: "https://idp.example.com/t",
          clientId: "c"
        },
        subjectToken: () => Promise.reject(thrown)
      })
      expect(await failing.client.fetch(RESOURCE, call())).toMatchObject({
        failure: { _tag: "AssertionUnavailable", reason }
      })
    }
  })

  it("throws for a wrong option", () => {
    expect(() =>
      createMachineClient(Object.assign({}, { registrations: [], grant: { type: "client_credentials" } }) as never)
    ).toThrow("registrations")
  })
})
