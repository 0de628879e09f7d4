import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  callback,
  CALLBACK,
  failure,
  ISSUER,
  json,
  makeWorld,
  REGISTER_URL,
  RESOURCE,
  run,
  serverMetadata,
  TOKEN_URL,
  type Visit,
  type World
} from "./world.ts"

const stateOf = ({ parameters }: Visit) => parameters.get("state") ?? ""

/** A user agent that is told by hand what came back, for each visit. */
const byHand = (world: World, options: Parameters<World["client"]>[0] = {}) => {
  const returns: Array<(url: string) => void> = []
  const client = world.client({
    ...options,
    userAgent: ({ authorizationUrl, redirectUri }) =>
      Effect.callback<string>((resume) => {
        const url = new URL(authorizationUrl)
        world.visits.push({ url, parameters: url.searchParams, redirectUri })
        returns.push((url) => resume(Effect.succeed(url)))
      })
  })
  return { client, returns }
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1))
}

describe("two flows at once", () => {
  /** Two people, or two windows, at the login page of the same server. */
  const waiting = async () => {
    const world = makeWorld()
    const [first, second] = [byHand(world, { account: "u1" }), byHand(world, { account: "u2" })]
    const flows = []
    for (const [at, { client }] of [first, second].entries()) {
      flows.push(run(client.authorize({ resource: RESOURCE })))
      await until(() => world.visits.length === at + 1)
    }
    const [a, b] = world.visits
    const [one, two] = flows
    if (!a || !b || !one || !two) throw new Error("not at the login page")
    return { world, first, second, a, b, one, two }
  }

  it("[CON-09] have a state and a verifier of their own, each matched to its callback, and register once", async () => {
    const { a, b, first, one, second, two, world } = await waiting()
    expect(stateOf(a)).not.toBe(stateOf(b))
    // In the order in which nobody asked.
    second.returns[0]?.(callback(b, { code: "code-b", state: stateOf(b), iss: ISSUER }))
    await two
    first.returns[0]?.(callback(a, { code: "code-a", state: stateOf(a), iss: ISSUER }))
    await one
    const redeemed = world.forms(TOKEN_URL).map((form) => [form.get("code"), form.get("code_verifier")])
    expect(redeemed.map(([code]) => code)).toEqual(["code-b", "code-a"])
    expect(redeemed[0]?.[1]).not.toBe(redeemed[1]?.[1])
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(1)
  })

  it("[CBK-11] [CON-09] refuse the callback of the other one: nothing is redeemed, and nobody logs in as somebody else", async () => {
    const { a, b, first, one, second, two, world } = await waiting()
    first.returns[0]?.(callback(b, { code: "code-b", state: stateOf(b), iss: ISSUER }))
    second.returns[0]?.(callback(a, { code: "code-a", state: stateOf(a), iss: ISSUER }))
    for (const outcome of [await one, await two]) expect(outcome).toMatchObject({ failure: { _tag: "StateMismatch" } })
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
    for (const account of ["u1", "u2"]) {
      expect(await Effect.runPromise(world.store.findCredentials(RESOURCE, account))).toEqual([])
    }
  })

  it("[MIX-09] refuse a callback that arrived at the redirect URI of the other one", async () => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ authorization_response_iss_parameter_supported: undefined })))
    const other = `${CALLBACK}/other`
    const { client, returns } = byHand(world, { redirectUri: other })
    const flow = run(client.authorize({ resource: RESOURCE }))
    await until(() => world.visits.length === 1)
    const [visit] = world.visits
    if (!visit) throw new Error("not at the login page")
    returns[0]?.(`${CALLBACK}?code=c&state=${stateOf(visit)}`)
    expect(await flow).toMatchObject({
      failure: { _tag: "CallbackUrlMismatch", expected: other, received: expect.any(String) }
    })
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
  })
})

it("[CBK-04] redeems a callback that is delivered ten times once", async () => {
  const world = makeWorld()
  const { client, returns } = byHand(world)
  const flow = run(client.authorize({ resource: RESOURCE }))
  await until(() => world.visits.length === 1)
  const [visit] = world.visits
  if (!visit) throw new Error("not at the login page")
  const url = callback(visit, { code: "c", state: stateOf(visit), iss: ISSUER })
  for (let time = 0; time < 10; time++) returns[0]?.(url)
  expect(await flow).toMatchObject({ success: { accessToken: "access-1" } })
  returns[0]?.(url)
  expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
})

it("[MIX-10] [CBK-01] refuses the callback of a flow of which nothing is recorded any more", async () => {
  const world = makeWorld()
  const { client } = byHand(world)
  const lost = Effect.runFork(client.authorize({ resource: RESOURCE }))
  await until(() => world.visits.length === 1)
  await Effect.runPromise(Fiber.interrupt(lost))
  const [visit] = world.visits
  if (!visit) throw new Error("not at the login page")
  // Another process, with the same store: the browser comes back to its listener.
  world.answer = () => callback(visit, { code: "c", state: stateOf(visit), iss: ISSUER })
  expect(await failure(world.client().authorize({ resource: RESOURCE }))).toMatchObject({ _tag: "StateMismatch" })
  expect(world.requestsTo(TOKEN_URL)).toEqual([])
})

it("[PKC-15] shows the verifier in the body of the token request alone, whether the flow ends well or not", async () => {
  const endings: ReadonlyArray<(world: World) => void> = [
    () => undefined,
    (world) => void world.routes.set(TOKEN_URL, () => json({ error: "invalid_grant" }, 400)),
    (world) => void world.routes.set(TOKEN_URL, () => new Response("", { status: 503 }))
  ]
  for (const arrange of endings) {
    const world = makeWorld()
    arrange(world)
    const outcome = await run(world.client().fetch(RESOURCE, call()))
    const verifier = world.forms(TOKEN_URL)[0]?.get("code_verifier") ?? ""
    expect(verifier).toMatch(/^[\w-]{43}$/)
    const elsewhere = [
      outcome,
      world.events,
      world.visits.map(({ url }) => url.href),
      world.seen.map(({ body, headers, url }) => [url, [...headers], url === TOKEN_URL ? "" : body]),
      await Effect.runPromise(world.store.findCredentials(RESOURCE, "default")),
      await Effect.runPromise(world.store.findRegistration(ISSUER))
    ]
    expect(JSON.stringify(elsewhere)).not.toContain(verifier)
    // Once, and the next flow draws another.
    expect(world.forms(TOKEN_URL).filter((form) => form.get("code_verifier") === verifier)).toHaveLength(1)
    await run(world.client().authorize({ resource: RESOURCE }))
    expect(world.forms(TOKEN_URL).at(-1)?.get("code_verifier")).not.toBe(verifier)
  }
})

it("[ASM-15] carries no code, secret or refresh token along a redirect of the token or the registration endpoint", async () => {
  const steal = "https://evil.com/steal"
  for (const status of [301, 302, 303, 307, 308]) {
    const redirect = () => new Response(null, { status, headers: { location: steal } })
    const world = makeWorld()
    world.routes.set(steal, () => json({ access_token: "stolen", token_type: "Bearer" }))
    const members = { token_endpoint_auth_methods_supported: ["client_secret_post"] }
    world.routes.set(ASM_URL, () => json(serverMetadata(members)))
    const registrations = [{ issuer: ISSUER, clientId: "c", clientSecret: "top-secret" }]
    const transport = makeTransport({ fetch: world.fetch })
    const client = world.client({ registrations, transport })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.routes.set(TOKEN_URL, redirect)
    world.issued.length = 0
    // A refresh, and then a new code.
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "FetchRejected", reason: "redirect" })
    expect(await failure(client.authorize({ resource: RESOURCE }))).toMatchObject({ reason: "redirect" })
    const grants = world.forms(TOKEN_URL).map((form) => form.get("grant_type"))
    expect(grants).toEqual(["authorization_code", "refresh_token", "authorization_code"])

    const registering = makeWorld()
    registering.routes.set(REGISTER_URL, redirect)
    expect(await failure(registering.client().fetch(RESOURCE, call()))).toMatchObject({ reason: "redirect" })
    for (const { urls } of [world, registering]) expect(urls()).not.toContain(steal)
  }
})
