import {
  type Client,
  type Code,
  type Found,
  type Grant,
  type Interaction,
  type RefreshToken,
  type Session,
  type Store,
  StoreFailed,
  type UseOutcome
} from "@postern/as-core"
import * as Effect from "effect/Effect"

interface Row<A> {
  readonly value: A
  used: boolean
}

/** A store for tests. Each method runs without waiting, so that it is one transaction. */
export interface MemoryStore extends Store {
  /** Everything that is held, for searching it. */
  readonly dump: () => string
  /** From now on every call fails with StoreFailed (`failed`), throws (`broken`), or works. */
  mode: "works" | "failed" | "broken"
}

export const makeMemoryStore = (): MemoryStore => {
  const clients = new Map<string, Client>()
  const sessions = new Map<string, Session>()
  const interactions = new Map<string, Interaction>()
  const grants = new Map<string, { readonly value: Grant; ended: boolean }>()
  const codes = new Map<string, Row<Code>>()
  const tokens = new Map<string, Row<RefreshToken>>()
  const spent = new Map<string, number>()

  const run = <A>(operation: string, body: () => A): Effect.Effect<A, StoreFailed> =>
    Effect.suspend(() => {
      if (store.mode === "failed") return Effect.fail(new StoreFailed({ operation, cause: "SELECT secret_sql" }))
      if (store.mode === "broken") throw new Error(`SELECT secret_sql FROM ${operation} at /srv/secret/path`)
      return Effect.succeed(body())
    })

  const found = <A extends { readonly grantId: string }>(row: Row<A> | undefined): Found<A> | undefined => {
    const grant = row && grants.get(row.value.grantId)
    return row && grant && { value: row.value, grant: grant.value, used: row.used, ended: grant.ended }
  }

  const use = <A extends { readonly grantId: string; readonly expiresAt: number }>(
    row: Row<A> | undefined,
    next: RefreshToken | undefined,
    now: number
  ): UseOutcome => {
    const grant = row && grants.get(row.value.grantId)
    if (!row || !grant || grant.value.expiresAt <= now) return "Stale"
    if (row.used) {
      grant.ended = true
      return "Replayed"
    }
    if (grant.ended) return "Stale"
    if (row.value.expiresAt <= now) return "Expired"
    row.used = true
    if (next) tokens.set(next.tokenHash, { value: next, used: false })
    return "Used"
  }

  const pending = (change: {
    readonly interactionHash: string
    readonly sessionHash: string
    readonly now: number
  }): Interaction | undefined => {
    const interaction = interactions.get(change.interactionHash)
    return interaction?.sessionHash === change.sessionHash && interaction.expiresAt > change.now
      ? interaction
      : undefined
  }

  const store: MemoryStore = {
    mode: "works",
    dump: () => JSON.stringify([clients, sessions, interactions, grants, codes, tokens, spent].map((map) => [...map])),
    addClient: (client, { maximum }) =>
      run("addClient", () => {
        if (clients.size >= maximum) return "Full"
        clients.set(client.clientId, client)
        return "Added"
      }),
    findClient: (clientId) => run("findClient", () => clients.get(clientId)),
    addSession: (session) => run("addSession", () => void sessions.set(session.idHash, session)),
    findSession: (idHash, now) =>
      run("findSession", () => {
        const session = sessions.get(idHash)
        return session && session.expiresAt > now ? session : undefined
      }),
    addInteraction: (interaction, { maximum }) =>
      run("addInteraction", () => {
        interactions.set(interaction.idHash, interaction)
        const [oldest] = interactions.keys()
        if (interactions.size > maximum && oldest !== undefined) interactions.delete(oldest)
      }),
    findInteraction: (idHash, now) =>
      run("findInteraction", () => {
        const interaction = interactions.get(idHash)
        return interaction && interaction.expiresAt > now ? interaction : undefined
      }),
    signIn: ({ interactionHash, fromSessionHash, session, now }) =>
      run("signIn", () => {
        const interaction = pending({ interactionHash, sessionHash: fromSessionHash, now })
        if (!interaction) return "Gone"
        sessions.delete(fromSessionHash)
        sessions.set(session.idHash, session)
        interactions.set(interactionHash, { ...interaction, sessionHash: session.idHash })
        return "SignedIn"
      }),
    approve: (change) =>
      run("approve", () => {
        if (!pending(change)) return "Gone"
        interactions.delete(change.interactionHash)
        grants.set(change.grant.grantId, { value: change.grant, ended: false })
        codes.set(change.code.codeHash, { value: change.code, used: false })
        return "Approved"
      }),
    deny: (change) =>
      run("deny", () => {
        if (!pending(change)) return "Gone"
        interactions.delete(change.interactionHash)
        return "Denied"
      }),
    findCode: (codeHash) => run("findCode", () => found(codes.get(codeHash))),
    redeem: ({ codeHash, refreshToken, now }) => run("redeem", () => use(codes.get(codeHash), refreshToken, now)),
    findRefreshToken: (tokenHash) => run("findRefreshToken", () => found(tokens.get(tokenHash))),
    rotate: ({ tokenHash, next, now }) => run("rotate", () => use(tokens.get(tokenHash), next, now)),
    endGrant: (grantId) =>
      run("endGrant", () => {
        const grant = grants.get(grantId)
        if (grant) grant.ended = true
      }),
    remember: ({ idHash, expiresAt }, now) =>
      run("remember", () => {
        if ((spent.get(idHash) ?? 0) > now) return "Replayed"
        spent.set(idHash, expiresAt)
        return "Remembered"
      }),
    purge: () => run("purge", () => 0),
    check: run("check", () => undefined)
  }
  return store
}
