import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { call, makeWorld, RESOURCE, TOKEN_URL } from "./world.ts"

const run = Effect.runPromise

it("[STO-07] one account's tokens are not used for another, whatever its name", async () => {
  const world = makeWorld()
  const names = [undefined, "ada", "Ada", "ada ", "../ada", "\u00e9", "e\u0301"]
  const tokens = new Set<string | null | undefined>()
  for (const account of names) {
    const client = world.client({ account })
    expect(await run(client.accessToken(RESOURCE))).toBeUndefined()
    await run(client.fetch(RESOURCE, call()))
    tokens.add(world.requestsTo(RESOURCE).at(-1)?.headers.get("authorization"))
  }
  expect(world.visits).toHaveLength(names.length)
  expect(tokens.size).toBe(names.length)
  const held = await run(world.store.listCredentials)
  expect(held.map(({ account }) => account)).toEqual(names.map((name) => name ?? "default").toReversed())
})

it("[STO-07] one account's refresh token is not used for another, and its scope is not asked for", async () => {
  const world = makeWorld()
  const ada = world.client({ account: "ada", scope: { extra: ["admin"] } })
  await run(ada.fetch(RESOURCE, call()))
  const [held] = await run(world.store.findCredentials(RESOURCE, "ada"))
  if (held) await run(world.store.saveCredentials({ ...held, expiresAt: 0 }))
  await run(world.client({ account: "bob" }).fetch(RESOURCE, call()))
  expect(world.forms(TOKEN_URL).map((form) => form.get("grant_type"))).toEqual([
    "authorization_code",
    "authorization_code"
  ])
  expect(world.visits.map(({ parameters }) => parameters.get("scope"))).toEqual(["admin", null])
  await run(ada.fetch(RESOURCE, call()))
  expect(world.forms(TOKEN_URL).at(-1)?.get("refresh_token")).toBe("refresh-1")
  expect(await run(world.store.findCredentials(RESOURCE, "bob"))).toMatchObject([{ accessToken: "access-2" }])
})

it("the account is named to nobody", async () => {
  const world = makeWorld()
  const client = world.client({ account: "the-name-of-an-account" })
  await run(client.fetch(RESOURCE, call()))
  await run(client.signOut(RESOURCE))
  const told = world.seen.map(({ body, headers, url }) => `${url}${body}${[...headers].join()}`)
  expect(`${told.join()}${world.visits.map(({ url }) => url.href).join()}`).not.toContain("the-name-of-an-account")
})
