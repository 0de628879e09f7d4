import * as Effect from "effect/Effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Consent, Store } from "@postern/as-core"
import type { PostgresStore } from "@postern/as-store-sql/postgres"
import { dropSchema, empty, namedUrl, newSchema, openPostgres } from "./postgres.ts"
import { pauseAt, waiting } from "./postgres-pause.ts"
import { approve, now, redeem, rotation, sampleClient, token } from "./samples.ts"

const schema = newSchema()
let store: PostgresStore
beforeAll(async () => {
  store = await openPostgres({ url: await namedUrl(schema), schema, connections: 4 })
})
afterEach(() => empty(schema))
afterAll(async () => {
  await Effect.runPromise(store.close)
  await dropSchema(schema)
})

const run = <A>(effect: Effect.Effect<A, unknown>): Promise<A> => Effect.runPromise(effect)

/** Runs `first` up to a point in its transaction, then `second` until it waits or is done, then both to their ends. */
const interleave = async <A, B>(
  at: string,
  first: Effect.Effect<A, unknown>,
  second: Effect.Effect<B, unknown>
): Promise<readonly [A, B]> => {
  const pause = await pauseAt(schema, at)
  const one = run(first)
  await waiting(schema, 1)
  const other = run(second)
  await Promise.race([other, waiting(schema, 2)])
  await pause.goOn()
  return Promise.all([one, other])
}

const resource = "https://mcp.example/mcp"
const consent = (scope: string, of = resource): Consent => ({
  subject: "alice",
  clientId: "client",
  resource: of,
  scope: [scope],
  clientHash: "hash",
  expiresAt: now + 3600
})

/** An approval of a registered client whose interaction waits. */
const approval = (name: string, consents: ReadonlyArray<Consent> = []): Parameters<Store["approve"]>[0] => ({
  interactionHash: `${name}-interaction`,
  sessionHash: `${name}-session`,
  grant: {
    grantId: name,
    clientId: "client",
    subject: "alice",
    resources: [resource],
    scope: ["notes:read"],
    createdAt: now,
    expiresAt: now + 86_400
  },
  code: {
    codeHash: `${name}-code`,
    grantId: name,
    clientId: "client",
    redirectUri: "http://127.0.0.1:1/callback",
    codeChallenge: "challenge",
    expiresAt: now + 60
  },
  consents,
  now
})

const wait = (name: string, origin: "configured" | "registered" = "configured") =>
  Effect.gen(function* () {
    const idHash = `${name}-session`
    yield* store.addSession({ idHash, subject: "alice", authenticatedAt: now, expiresAt: now + 3600 })
    const request = {
      client: { ...sampleClient, origin },
      redirectUri: "http://127.0.0.1:1/callback",
      codeChallenge: "challenge",
      resources: [resource],
      scope: ["notes:read"]
    }
    yield* store.addInteraction(
      { idHash: `${name}-interaction`, sessionHash: idHash, request, expiresAt: now + 600 },
      { maximum: 100 }
    )
  })

const consents = (resources: ReadonlyArray<string> = [resource]) =>
  run(store.findConsents({ subject: "alice", clientId: "client", resources, now }))

describe("two transactions at once in PostgreSQL:", () => {
  it("what a user takes back while an approval is under way is taken back wholly", async () => {
    await run(wait("grant"))
    const ending = store.endConsents({ subject: "alice", clientId: "client", now })
    const [outcome] = await interleave(
      "AFTER INSERT ON codes",
      store.approve(approval("grant", [consent("a")])),
      ending
    )
    expect(outcome).toBe("Approved")
    expect(await consents()).toEqual([])
    expect((await run(store.findGrant("grant")))?.ended).toBe(true)
  })

  it("two approvals of one user for one client are both remembered", async () => {
    await run(Effect.all([wait("one"), wait("two")]))
    const outcomes = await interleave(
      "AFTER INSERT ON codes",
      store.approve(approval("one", [consent("a")])),
      store.approve(approval("two", [consent("b")]))
    )
    expect(outcomes).toEqual(["Approved", "Approved"])
    expect((await consents()).map(({ scope }) => scope)).toEqual([["a", "b"]])
  })

  it("an approval by consent that is under way while the consent ends leaves no live grant", async () => {
    await run(wait("first"))
    await run(store.approve(approval("first", [consent("a")])))
    await run(wait("second"))
    const { interactionHash: _, consents: __, ...rest } = approval("second")
    const needed = [{ resource, scope: ["a"], clientHash: "hash" }]
    const ending = store.endConsents({ subject: "alice", clientId: "client", now })
    const [outcome] = await interleave("AFTER INSERT ON codes", store.approveByConsent({ ...rest, needed }), ending)
    expect(outcome).toBe("Approved")
    expect((await run(store.findGrant("second")))?.ended).toBe(true)
  })

  it("a code that is redeemed by a slower clock while a purge takes it for unused keeps its grant", async () => {
    await run(approve(store, "grant"))
    const change = { codeHash: "grant-code", refreshToken: token("chain", "token", "grant"), now: now + 59 }
    const [outcome] = await interleave("AFTER UPDATE ON codes", store.redeem(change), store.purge(now + 61, 100))
    expect(outcome).toBe("Redeemed")
    expect((await run(store.findRefreshToken("chain")))?.ended).toBe(false)
  })

  it("a refresh token that a purge takes away is not rotated by a slower clock", async () => {
    await run(redeem(store, "grant"))
    const change = rotation("grant", "grant-token", "next", { now: now + 3599 })
    const [, outcome] = await interleave(
      "AFTER DELETE ON refresh_tokens",
      store.purge(now + 3601, 100),
      store.rotate(change)
    )
    expect(outcome).toEqual({ _tag: "Stale" })
    expect(await run(store.findRefreshToken("grant-chain"))).toBeUndefined()
  })

  it("a client that is approved while the ceiling is reached does not leave", async () => {
    await run(store.addClient({ client: sampleClient, unusedUntil: now + 60 }, { maximum: 1 }))
    await run(wait("grant", "registered"))
    const another = { client: { ...sampleClient, clientId: "other" }, unusedUntil: now + 60 }
    const outcomes = await interleave(
      "AFTER UPDATE ON clients",
      store.approve(approval("grant")),
      store.addClient(another, { maximum: 1 })
    )
    expect(outcomes).toEqual(["Approved", { _tag: "Full" }])
    expect(await run(store.findClient("client"))).toBeDefined()
  })

  it("a client that is approved while a purge takes it for unused does not leave", async () => {
    await run(store.addClient({ client: sampleClient, unusedUntil: now + 60 }, { maximum: 1 }))
    await run(wait("grant", "registered"))
    await interleave("AFTER UPDATE ON clients", store.approve(approval("grant")), store.purge(now + 61, 100))
    expect(await run(store.findClient("client"))).toBeDefined()
  })

  it("registrations wait for one another at the ceiling", async () => {
    const registration = (clientId: string) => ({
      client: { ...sampleClient, clientId },
      registrationTokenHash: clientId
    })
    const outcomes = await interleave(
      "AFTER INSERT ON clients",
      store.addClient(registration("one"), { maximum: 1 }),
      store.addClient(registration("two"), { maximum: 1 })
    )
    expect(outcomes).toEqual([{ _tag: "Added" }, { _tag: "Full" }])
  })
})
