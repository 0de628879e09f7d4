import type { Store } from "@postern/as-core"
import * as Effect from "effect/Effect"
import { compare, type Difference } from "./answers.ts"
import { sha256, urlOf } from "./configuration.ts"
import { claimsOf, type Names } from "./names.ts"
import { type ClientName, consentKey, type ResourceName, SCOPES, type State } from "./state.ts"

/** A trace's state, and the store that has to hold the same. */
export interface Watched {
  readonly state: State
  readonly names: Names
  readonly base: number
  readonly subject: string
  readonly watch: Store
}

const resources = Object.keys(SCOPES) as ReadonlyArray<ResourceName>

/** Compares what the store holds of grants, codes and refresh tokens with what the model holds. */
export const compareGrants = (watched: Watched): Promise<ReadonlyArray<Difference>> =>
  Effect.runPromise(grants(watched))

/** Compares all that the port lets one see. */
export const compareAll = (watched: Watched): Promise<ReadonlyArray<Difference>> =>
  Effect.runPromise(
    Effect.map(
      Effect.all([grants(watched), ends(watched), consents(watched), pages(watched), access(watched)], EACH),
      (all) => all.flat()
    )
  )

const EACH = { concurrency: "unbounded" } as const

const grants = ({ base, names, state, watch }: Watched) =>
  Effect.forEach(
    [...names.grants],
    ([id, { codeHash }]) =>
      Effect.gen(function* () {
        const [grant, code, chain] = [state.held.grants[id], state.held.codes[id], state.held.chains[id]]
        const chainHash = names.chainOf(state, id)
        const [foundCode, foundChain] = yield* Effect.all(
          [watch.findCode(codeHash), chainHash === undefined ? Effect.undefined : watch.findRefreshToken(chainHash)],
          EACH
        )
        return [
          ...compare(
            `code ${id}`,
            grant && code && [code.used, base + code.expiresAt, grant.ended],
            foundCode && [foundCode.used, foundCode.value.expiresAt, foundCode.ended]
          ),
          ...compare(
            `refresh token of ${id}`,
            grant && chain && [names.tokenHashes.get(chain.live), base + chain.expiresAt, grant.ended],
            foundChain && [foundChain.value.tokenHash, foundChain.value.expiresAt, foundChain.ended]
          )
        ]
      }),
    EACH
  ).pipe(Effect.map((all) => all.flat()))

const ends = ({ base, names, state, watch }: Watched) =>
  Effect.forEach(
    [...names.grants],
    ([id, { grantId }]) =>
      Effect.map(watch.findGrant(grantId), (found) => {
        const grant = state.held.grants[id]
        return compare(
          `grant ${id}`,
          grant && [grant.client, grant.ended, base + grant.expiresAt],
          found && [found.grant.clientId, found.ended, found.grant.expiresAt]
        )
      }),
    EACH
  ).pipe(Effect.map((all) => all.flat()))

const consents = ({ base, state, subject, watch }: Watched) =>
  Effect.forEach(
    ["app", "web"] satisfies ReadonlyArray<ClientName>,
    (clientId) =>
      Effect.map(
        watch.findConsents({ subject, clientId, resources: resources.map(urlOf), now: base + state.now }),
        (found) => {
          const expected = resources.flatMap((resource) => {
            const consent = state.held.consents[consentKey(clientId, resource)]
            return consent !== undefined && consent.expiresAt > state.now
              ? [[urlOf(resource), [...consent.scope].sort(), base + consent.expiresAt] as const]
              : []
          })
          const actual = found.map(
            ({ expiresAt, resource, scope }) => [resource, [...scope].sort(), expiresAt] as const
          )
          return compare(`consents to ${clientId}`, byResource(expected), byResource(actual))
        }
      ),
    EACH
  ).pipe(Effect.map((all) => all.flat()))

const byResource = <A extends readonly [string, ...ReadonlyArray<unknown>]>(list: ReadonlyArray<A>) =>
  [...list].sort(([a], [b]) => (a < b ? -1 : 1))

const pages = ({ base, names, state, watch }: Watched) =>
  Effect.forEach(
    [...names.pages],
    ([id, { hash }]) =>
      Effect.map(watch.findInteraction(hash, base + state.now), (found) => {
        const page = state.held.pages[id]
        const open = page !== undefined && page.expiresAt > state.now ? base + page.expiresAt : undefined
        return compare(`page ${id}`, open, found?.expiresAt)
      }),
    EACH
  ).pipe(Effect.map((all) => all.flat()))

/** Access tokens that were revoked alone. */
const access = ({ base, names, state, watch }: Watched) =>
  Effect.forEach(
    [...names.answers.keys()],
    (id) =>
      Effect.map(
        watch.isRemembered(
          sha256(`access_token ${String(claimsOf(names.tokens(id).access)["jti"])}`),
          base + state.now
        ),
        (revoked) => compare(`access token ${id} is revoked`, (state.held.remembered[id] ?? 0) > state.now, revoked)
      ),
    EACH
  ).pipe(Effect.map((all) => all.flat()))
