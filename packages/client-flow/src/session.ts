import { isFailure, isRejection } from "@postern/rejection"
import { isSubset, type ScopeSet, union } from "@postern/scope"
import * as Effect from "effect/Effect"
import type { ClientCredentials } from "./choose-client-authentication.ts"
import { type Discovery, discover } from "./discover.ts"
import { findClient } from "./find-client.ts"
import type { FlowError } from "./flow-error.ts"
import type { Grant } from "./grant.ts"
import { isAlive, isExpiring } from "./make-credentials.ts"
import { now } from "./now.ts"
import { refresh } from "./refresh.ts"
import { ScopeNotGranted, TokenRefused } from "./rejections.ts"
import type { CommonSettings } from "./common-settings.ts"
import { makeSingleFlight } from "./single-flight.ts"
import type { StoredCredentials } from "./store.ts"

/** Credentials, and how they were come by. */
export interface Obtained {
  readonly credentials: StoredCredentials
  readonly way: "held" | "refreshed" | "authorized"
}

/** What a challenge says that matters to the flow. */
export interface Demand {
  readonly resourceMetadata?: string | undefined
  readonly scope?: ScopeSet | undefined
}

/** Credentials by resource. At one resource one flow at a time; callers who want the same share it. */
export interface Session {
  /** What may be sent now: refreshed when it is about to end, `undefined` when there is nothing. */
  readonly current: (resource: string) => Effect.Effect<StoredCredentials | undefined, FlowError>
  /** Something other than the refused token. */
  readonly renew: (
    resource: string,
    facts: {
      readonly demand: Demand
      readonly refused: string | undefined
      readonly mayRefresh: boolean
      readonly mayAuthorize: boolean
    }
  ) => Effect.Effect<Obtained, FlowError>
  /** Something that has the demanded scope. */
  readonly stepUp: (
    resource: string,
    facts: { readonly demand: Demand; readonly demanded: ScopeSet; readonly refused: string | undefined }
  ) => Effect.Effect<Obtained, FlowError>
  /** A new authorization, whatever is held. */
  readonly authorize: (resource: string, demand: Demand) => Effect.Effect<StoredCredentials, FlowError>
}

interface Held {
  readonly discovery: Discovery
  readonly credentials?: StoredCredentials | undefined
  readonly client?: ClientCredentials | undefined
}

/** Makes the session of a client. */
export const makeSession = (settings: CommonSettings, grant: Grant): Session => {
  const inFlight = makeSingleFlight<Obtained | undefined, FlowError>()
  const discoveries = new Map<string, Discovery>()
  const spent = new Set<string>()

  const discoverAnew = Effect.fnUntraced(function* (resource: string, challenged: string | undefined) {
    const held = yield* settings.store.findCredentials(resource, settings.account)
    const issuers = held.map(({ issuer }) => issuer)
    const discovery = yield* discover(settings, { resource, challenged, held: issuers })
    const { issuer } = discovery.server
    const previous = discoveries.get(resource)?.server.issuer ?? issuers[0]
    if (previous !== undefined && previous !== issuer) {
      yield* settings.emit({ _tag: "ServerChanged", resource, issuer, previous })
    }
    discoveries.set(resource, discovery)
    return discovery
  })

  // A bound token is worth nothing without proofs, and one that is not bound may be stolen.
  const isUsable = ({ proofKey }: StoredCredentials): boolean =>
    proofKey === undefined ? settings.dpop?.required !== true : settings.dpop !== undefined

  /** What is held for this resource at the server that protects it now, by a client id that is ours there. */
  const findHeld = Effect.fnUntraced(function* (discovery: Discovery): Effect.fn.Return<Held, FlowError> {
    const { resource, server } = discovery
    for (const credentials of yield* settings.store.findCredentials(resource, settings.account)) {
      if (credentials.issuer !== server.issuer || !isUsable(credentials)) continue
      const client = yield* findClient(settings, server, credentials.clientId)
      if (client) return { discovery, credentials, client }
    }
    return { discovery }
  })

  const refreshHeld = Effect.fnUntraced(function* ({ client, credentials, discovery }: Held) {
    if (!client || !credentials) return undefined
    const refreshed = yield* refresh(settings, { discovery, client, credentials, spent })
    if (refreshed) return refreshed
    // Another process may have been faster: what it saved is newer than what we were refused for.
    const { client: again, credentials: newer } = yield* findHeld(discovery)
    if (!again || !newer || newer.refreshToken === credentials.refreshToken) return undefined
    if (newer.accessToken !== credentials.accessToken && !isExpiring(newer, yield* now)) return newer
    return yield* refresh(settings, { discovery, client: again, credentials: newer, spent })
  })

  const authorizeAnew = (held: Held, challenged: ScopeSet | undefined) => {
    const { credentials, discovery } = held
    const earlier = union(new Set(credentials?.requestedScope), new Set(credentials?.grantedScope))
    return grant.obtain({ discovery, challenged, earlier: [...earlier] })
  }

  // What was asked for is asked for again, and nothing else.
  const replace = (held: Held) =>
    grant.silent ? authorizeAnew(held, new Set(held.credentials?.requestedScope)) : refreshHeld(held)

  const current = Effect.fnUntraced(function* (
    resource: string
  ): Effect.fn.Return<StoredCredentials | undefined, FlowError> {
    const some = yield* settings.store.findCredentials(resource, settings.account)
    if (some.length === 0) return undefined
    // A token goes only to a resource that still names its issuer, so this is asked once per process before it is sent.
    const known = discoveries.get(resource) ?? (yield* discoverQuietly(resource))
    if (!known) return undefined
    const held = yield* findHeld(known)
    const { credentials } = held
    const time = yield* now
    if (!credentials) return undefined
    const replaceable = grant.silent || credentials.refreshToken !== undefined
    if (!replaceable && !isAlive(credentials, time)) return undefined
    if (isAlive(credentials, time) && !isExpiring(credentials, time)) return credentials
    if (!replaceable) return credentials
    const refreshed = inFlight(resource, "refresh", refreshExpiring(known)).pipe(
      // Down for a moment, and the token lives a moment longer: use it.
      Effect.catchIf(
        (error) => isFailure(error) && isAlive(credentials, time),
        () => Effect.succeed<Obtained>({ credentials, way: "held" })
      )
    )
    const obtained = (yield* refreshed)?.credentials
    return obtained ?? (isAlive(credentials, time) ? credentials : undefined)
  })

  // Only the challenge may say where the right metadata is. Whatever is wrong at the well-known places, the request then goes
  // without a token, and the resource's answer decides.
  const discoverQuietly = (resource: string) =>
    discoverAnew(resource, undefined).pipe(Effect.catchIf(isRejection, () => Effect.succeed(undefined)))

  const refreshExpiring = Effect.fnUntraced(function* (
    discovery: Discovery
  ): Effect.fn.Return<Obtained | undefined, FlowError> {
    const held = yield* findHeld(discovery)
    if (!held.credentials) return undefined
    // Whoever waited for an earlier refresh finds its outcome here.
    if (!isExpiring(held.credentials, yield* now)) return { credentials: held.credentials, way: "held" }
    const credentials = yield* replace(held)
    return credentials && { credentials, way: "refreshed" }
  })

  const renew: Session["renew"] = (resource, facts) => {
    const { demand, mayAuthorize, mayRefresh, refused } = facts
    const work = Effect.gen(function* (): Effect.fn.Return<Obtained, FlowError> {
      const held = yield* findHeld(yield* discoverAnew(resource, demand.resourceMetadata))
      const { credentials } = held
      const time = yield* now
      if (credentials && credentials.accessToken !== refused && isAlive(credentials, time))
        return { credentials, way: "held" }
      const refreshed = mayRefresh ? yield* refreshHeld(held) : undefined
      if (refreshed) return { credentials: refreshed, way: "refreshed" }
      if (!mayAuthorize) return yield* new TokenRefused({ resource })
      return { credentials: yield* authorizeAnew(held, demand.scope), way: "authorized" }
    })
    const purpose = `renew ${mayRefresh} ${mayAuthorize} ${[...(demand.scope ?? [])].sort().join(" ")}`
    return settle(resource, purpose, work)
  }

  const stepUp: Session["stepUp"] = (resource, { demand, demanded, refused }) => {
    const work = Effect.gen(function* (): Effect.fn.Return<Obtained, FlowError> {
      const held = yield* findHeld(yield* discoverAnew(resource, demand.resourceMetadata))
      const { credentials } = held
      const covers = credentials !== undefined && isSubset(demanded, new Set(credentials.grantedScope))
      if (covers && credentials.accessToken !== refused && isAlive(credentials, yield* now))
        return { credentials, way: "held" }
      // Never by the refresh token: a refresh cannot widen what was granted (RFC 6749 section 6).
      const authorized = yield* authorizeAnew(held, demanded)
      const granted = new Set(authorized.grantedScope)
      const missing = [...demanded].filter((token) => !granted.has(token))
      if (missing.length > 0) return yield* new ScopeNotGranted({ resource, missing })
      return { credentials: authorized, way: "authorized" }
    })
    return settle(resource, `step-up ${[...demanded].sort().join(" ")}`, work)
  }

  // All work but "refresh" resolves to something.
  const settle = (resource: string, purpose: string, work: Effect.Effect<Obtained, FlowError>) =>
    Effect.flatMap(inFlight(resource, purpose, work), (obtained) =>
      obtained ? Effect.succeed(obtained) : Effect.die(new Error(`nothing came of ${purpose}`))
    )

  return {
    current,
    renew,
    stepUp,
    authorize: (resource, demand) => {
      const work = Effect.gen(function* (): Effect.fn.Return<Obtained, FlowError> {
        const held = yield* findHeld(yield* discoverAnew(resource, demand.resourceMetadata))
        return { credentials: yield* authorizeAnew(held, demand.scope), way: "authorized" }
      })
      const purpose = `authorize ${[...(demand.scope ?? [])].sort().join(" ")}`
      return Effect.map(settle(resource, purpose, work), ({ credentials }) => credentials)
    }
  }
}
