import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { Interaction, Session, Store } from "@postern/as-core"
import { makeMemoryStore } from "@postern/as-core/memory"

const now = 1_800_000_000
const run = Effect.runSync

const interaction = (idHash: string, sessionHash: string): Interaction => ({
  idHash,
  sessionHash,
  request: {
    client: {
      clientId: "client",
      origin: "registered",
      name: "Client",
      redirectUris: [],
      tokenEndpointAuthMethod: "none",
      grantTypes: ["authorization_code"],
      applicationType: "native",
      createdAt: now
    },
    redirectUri: "https://client.example/cb",
    codeChallenge: "challenge",
    resources: ["https://mcp.example/mcp"],
    scope: ["notes:read"]
  },
  expiresAt: now + 600
})

const session = (idHash: string): Session => ({ idHash, subject: "alice", authenticatedAt: now, expiresAt: now + 600 })

/** A grant by approval. */
const approve = (store: Store, name: string, changes: { readonly code?: string; readonly clientId?: string } = {}) => {
  const { clientId = "client", code = name } = changes
  return Effect.gen(function* () {
    yield* store.addSession(session(`session-${name}`))
    yield* store.addInteraction(interaction(`interaction-${name}`, `session-${name}`), { maximum: 10 })
    return yield* store.approve({
      interactionHash: `interaction-${name}`,
      sessionHash: `session-${name}`,
      grant: {
        grantId: name,
        clientId,
        subject: "alice",
        resources: ["https://mcp.example/mcp"],
        scope: ["notes:read"],
        createdAt: now,
        expiresAt: now + 3600
      },
      code: {
        codeHash: code,
        grantId: name,
        clientId,
        redirectUri: "https://client.example/cb",
        codeChallenge: "challenge",
        expiresAt: now + 60
      },
      consents: [],
      now
    })
  })
}

const client = (clientId: string) => ({ ...interaction("x", "x").request.client, clientId })

/** A grant whose code was redeemed for its first token. */
const redeem = (store: Store, name: string) => {
  const token = { chainHash: name, tokenHash: "first", grantId: name, clientId: "client", expiresAt: now + 3600 }
  return Effect.gen(function* () {
    yield* store.addClient({ client: client("client"), metadataHash: "client" }, { maximum: 10 })
    yield* approve(store, name)
    return yield* store.redeem({ codeHash: name, refreshToken: token, now })
  })
}

const rotate = (store: Store, name: string, from: string, to: string, at: number) =>
  store.rotate({
    chainHash: name,
    tokenHash: from,
    next: { tokenHash: to, expiresAt: now + 3600 },
    answer: { sealed: `answer ${to}`, binding: "binding", until: at + 10 },
    now: at
  })

describe("a store in memory", () => {
  it("leaves everything as it was where a change cannot be made whole", () => {
    const store = makeMemoryStore()
    run(store.addClient({ client: client("client") }, { maximum: 10 }))
    run(approve(store, "one"))
    const failed = run(Effect.flip(approve(store, "two", { code: "one" })))
    expect(failed).toMatchObject({ _tag: "StoreFailed", operation: "approve" })
    expect(run(store.findInteraction("interaction-two", now))?.sessionHash).toBe("session-two")
    expect(run(store.findGrant("two"))).toBeUndefined()
    expect(run(store.findCode("one"))?.grant.grantId).toBe("one")
  })

  it("registers no client under a name or for metadata that are taken", () => {
    const store = makeMemoryStore()
    const add = (clientId: string, metadataHash?: string, registrationTokenHash?: string) =>
      store.addClient({ client: client(clientId), metadataHash, registrationTokenHash }, { maximum: 10 })
    run(add("one", "first"))
    run(add("two", "second", "token"))
    expect(run(Effect.flip(add("one")))).toMatchObject({ _tag: "StoreFailed" })
    const replacement = { client: client("two"), metadataHash: "first", registrationTokenHash: "token" }
    const replace = store.replaceClient({ registration: replacement, registrationTokenHash: "token" })
    expect(run(Effect.flip(replace))).toMatchObject({ _tag: "StoreFailed" })
    expect(run(store.findRegistration("two"))?.metadataHash).toBe("second")
    // What it was known by before is free.
    const changed = { ...replacement, metadataHash: "third" }
    expect(run(store.replaceClient({ registration: changed, registrationTokenHash: "token" }))).toBe("Replaced")
    expect(run(add("three", "second"))).toEqual({ _tag: "Added" })
    expect(run(add("four", "third"))).toMatchObject({ _tag: "Known", client: { clientId: "two" } })
  })

  it("ends the grants of one user, and all grants of a client", () => {
    const store = makeMemoryStore()
    for (const clientId of ["client", "other"]) {
      run(store.addClient({ client: client(clientId), registrationTokenHash: "token" }, { maximum: 10 }))
      run(approve(store, clientId, { clientId }))
    }
    run(store.endConsents({ clientId: "client", subject: "bob", now }))
    expect(run(store.findGrant("client"))?.ended).toBe(false)
    run(store.removeClient({ clientId: "client", registrationTokenHash: "token", now }))
    expect(run(store.findGrant("client"))?.ended).toBe(true)
    expect(run(store.findGrant("other"))?.ended).toBe(false)
  })

  it("gives no answer whose window ended, also where it still has it", () => {
    const store = makeMemoryStore()
    const names = ["one", "two", "three", "four"]
    for (const name of names) run(redeem(store, name))
    for (const name of names) run(rotate(store, name, "first", "second", now))
    // Two others are let go first.
    expect(run(rotate(store, "two", "first", "third", now + 10))).toEqual({ _tag: "Replayed" })
  })

  it("keeps nothing of an answer that nobody gets any longer, without a purge", () => {
    const store = makeMemoryStore()
    for (const name of ["one", "two"]) {
      run(redeem(store, name))
      run(rotate(store, name, "first", "second", now))
    }
    run(rotate(store, "one", "second", "third", now + 10))
    expect(run(store.purge(now + 10, 10))).toBe(0)
    expect(run(store.purge(now + 20, 10))).toBe(1)
  })
})
