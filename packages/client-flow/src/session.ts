import { isFailure, isRejection } from "@postern/rejection"
import { isSubset, type ScopeSet, union } from "@postern/scope"
import * as Effect from "effect/Effect"
import { type Discovery, discover } from "./discover.ts"
import type { FlowError } from "./flow-error.ts"
import type { Grant } from "./grant.ts"
import { isAlive, isLasting } from "./make-credentials.ts"
import { now } from "./now.ts"
import { findHeld, type Held } from "./held.ts"
import { type Obtained, refreshHeld } from "./refresh-held.ts"
import { ScopeNotGranted, TokenRefused } from "./rejections/index.ts"
import type { CommonSettings } from "./common-settings.ts"
import { findAll, flightPlace } from "./shared-resources.ts"
import { signOut, type SignedOut } from "./sign-out.ts"
import { makeSingleFlight } from "./single-flight.ts"
import type { StoredCredentials } from "./store.ts"

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
  /** Nothing is held any more, and nothing is valid that could be revoked. */
  readonly signOut: (resource: string) => Effect.Effect<ReadonlyArray<SignedOut>, FlowError>
}

/** Makes the session of a client. */
export const makeSession = (settings: CommonSettings, grant: Grant): Session => {
  const flights = makeSingleFlight<Obtained | undefined, FlowError>()
  const inFlight = (resource: string, purpose: string, work: Effect.Effect<Obtained | undefined, FlowError>) =>
    flights(flightPlace(settings, resource), `${purpose} ${resource}`, work)
  const discoveries = new Map<string, Discovery>()
  const spent = new Set<string>()

  const discoverAnew = Effect.fnUntraced(function* (resource: string, challenged: string | undefined) {
    const held = yield* findAll(settings, resource)
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

  const authorizeAnew = (held: Held, challenged: ScopeSet | undefined) => {
    const { credentials, discovery } = held
    const earlier = credentials && [...union(new Set(credentials.requestedScope), new Set(credentials.grantedScope))]
    return grant.obtain({ discovery, challenged, earlier })
  }

  /** As a challenge demands it: a token that lacks what was demanded would be refused again, and so would the next. */
  const authorizeFor = Effect.fnUntraced(function* (
    held: Held,
    demanded: ScopeSet | undefined
  ): Effect.fn.Return<Obtained, FlowError> {
    const credentials = yield* authorizeAnew(held, demanded)
    const granted = new Set(credentials.grantedScope)
    const missing = [...(demanded ?? [])].filter((token) => !granted.has(token))
    if (missing.length === 0) return { credentials, way: "authorized" }
    const { resource } = held.discovery
    const [expected, received] = [[...(demanded ?? [])], credentials.grantedScope]
    return yield* new ScopeNotGranted({ resource, missing, expected, received })
  })

  const current = Effect.fnUntraced(function* (
    resource: string
  ): Effect.fn.Return<StoredCredentials | undefined, FlowError> {
    if ((yield* findAll(settings, resource)).length === 0) return undefined
    // A token goes only to a resource that still names its issuer, so this is asked once per process before it is sent.
    const known = discoveries.get(resource) ?? (yield* discoverQuietly(resource))
    if (!known) return undefined
    const held = yield* findHeld(settings, known)
    const { credentials } = held
    const time = yield* now
    if (!credentials) return undefined
    const replaceable = grant.silent || credentials.refreshToken !== undefined
    if (!replaceable && !isAlive(credentials, time)) return undefined
    if (isLasting(credentials, time)) return credentials
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

  /**
   * What is held where it is good, else what is obtained. Where nobody is asked, one process at a time: whoever comes second
   * finds what the first one brought. A person is waited for without the lock, which their login takes when it is saved.
   */
  const heldOr = <A>(
    discovery: Discovery,
    isGood: (held: StoredCredentials, now: number) => boolean,
    obtain: (held: Held) => Effect.Effect<Obtained | A, FlowError>
  ): Effect.Effect<Obtained | A, FlowError> => {
    const work = Effect.gen(function* () {
      const held = yield* findHeld(settings, discovery)
      const { credentials } = held
      if (credentials && isGood(credentials, yield* now)) return { credentials, way: "held" } as const
      return yield* obtain(held)
    })
    const { resource, server } = discovery
    const login = { issuer: server.issuer, resource, account: settings.account }
    return grant.silent ? settings.exclusively(login, work) : work
  }

  const refreshExpiring = Effect.fnUntraced(function* (
    discovery: Discovery
  ): Effect.fn.Return<Obtained | undefined, FlowError> {
    if (!grant.silent)
      return yield* refreshHeld(settings, yield* findHeld(settings, discovery), { isGood: isLasting, spent })
    return yield* heldOr(discovery, isLasting, replace)
  })

  // What was asked for is asked for again, and nothing else.
  const replace = Effect.fnUntraced(function* (held: Held): Effect.fn.Return<Obtained | undefined, FlowError> {
    const { credentials } = held
    if (!credentials) return undefined
    return { credentials: yield* authorizeAnew(held, new Set(credentials.requestedScope)), way: "refreshed" }
  })

  const renew: Session["renew"] = (resource, facts) => {
    const { demand, mayAuthorize, mayRefresh, refused } = facts
    const isGood = (found: StoredCredentials, time: number) => found.accessToken !== refused && isAlive(found, time)
    const obtain = Effect.fnUntraced(function* (held: Held): Effect.fn.Return<Obtained, FlowError> {
      // What asks nobody has no refresh token.
      const refreshes = mayRefresh && !grant.silent
      const refreshed = refreshes ? yield* refreshHeld(settings, held, { isGood, refused, spent }) : undefined
      if (refreshed) return refreshed
      if (!mayAuthorize) return yield* new TokenRefused({ resource })
      return yield* authorizeFor(held, demand.scope)
    })
    const work = Effect.flatMap(discoverAnew(resource, demand.resourceMetadata), (found) =>
      heldOr(found, isGood, obtain)
    )
    const purpose = `renew ${mayRefresh} ${mayAuthorize} ${[...(demand.scope ?? [])].sort().join(" ")}`
    return settle(resource, purpose, work)
  }

  const stepUp: Session["stepUp"] = (resource, { demand, demanded, refused }) => {
    const isGood = (found: StoredCredentials, time: number) =>
      isSubset(demanded, new Set(found.grantedScope)) && found.accessToken !== refused && isAlive(found, time)
    // Never by the refresh token: a refresh cannot widen what was granted (RFC 6749 section 6).
    const work = Effect.flatMap(discoverAnew(resource, demand.resourceMetadata), (found) =>
      heldOr(found, isGood, (held) => authorizeFor(held, demanded))
    )
    return settle(resource, `step-up ${[...demanded].sort().join(" ")}`, work)
  }

  // All work but "refresh" resolves to something.
  const settle = (resource: string, purpose: string, work: Effect.Effect<Obtained, FlowError>) =>
    Effect.flatMap(inFlight(resource, purpose, work), (obtained) =>
      obtained ? Effect.succeed(obtained) : Effect.die(new Error(`nothing came of ${purpose}`))
    )

  return {
    current,
    // Not in flight: it would wait for as long as a person thinks. A refresh ends before; a login that ends later is a new one.
    signOut: (resource) => signOut(settings, resource),
    renew,
    stepUp,
    authorize: (resource, demand) => {
      const work = Effect.flatMap(discoverAnew(resource, demand.resourceMetadata), (found) =>
        heldOr(
          found,
          () => false,
          (held) => authorizeFor(held, demand.scope)
        )
      )
      const purpose = `authorize ${[...(demand.scope ?? [])].sort().join(" ")}`
      return Effect.map(settle(resource, purpose, work), ({ credentials }) => credentials)
    }
  }
}
