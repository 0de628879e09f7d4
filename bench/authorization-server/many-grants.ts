// Grants as a store holds them after a code flow each, made by the store's own port. Their refresh tokens can be told from their
// numbers, so that the load knows them too.
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Session, Store } from "../../packages/as-core/src/index.ts"
import { openSqliteStore } from "../../packages/as-store-sql/src/index.ts"
import { CLIENT, LIFETIMES, REDIRECT, RESOURCE, SCOPE, SUBJECT } from "./contest.ts"

const hash = (text: string): string => createHash("sha256").update(text).digest("base64url")

/** Letters as random ones, but always the same of a number. */
type Letters = (what: string, number: number, length: number) => string
const scattered: Letters = (what, number, length) => hash(`${what} ${number}`).slice(0, length)
/** In the order of the numbers: a million of them are written in a third of the time. */
const ordered: Letters = (what, number, length) =>
  (String(number).padStart(7, "0") + scattered(what, number, length)).slice(0, length)

const chainOf = (number: number): string => scattered("chain", number, 22)
/** The first refresh token of a grant. */
export const refreshTokenOf = (number: number): string => chainOf(number) + scattered("secret", number, 43)

const client = {
  clientId: CLIENT.id,
  origin: "configured",
  name: "Bench",
  redirectUris: [REDIRECT],
  tokenEndpointAuthMethod: "client_secret_basic",
  grantTypes: ["authorization_code", "refresh_token"],
  applicationType: "web",
  createdAt: 0
} as const
const allowed = { resources: [RESOURCE], scope: [SCOPE] }
const needed = [{ resource: RESOURCE, scope: [SCOPE], clientHash: hash("the client as the page showed it") }]

/** A person who is signed in. */
interface Person {
  readonly session: Session
  readonly subject: string
}

const personOf = (number: number, subject: string, now: number): Person => {
  const idHash = scattered("session", number, 43)
  return { session: { idHash, subject, authenticatedAt: now, expiresAt: now + LIFETIMES.session }, subject }
}

/** What a code flow writes: a grant with its code, which then buys the first refresh token. */
const grantOf = (number: number, subject: string, now: number, letters: Letters) => {
  const [codeHash, grantId] = [letters("code", number, 43), letters("grant", number, 22)]
  const expiresAt = now + LIFETIMES.refreshToken
  const grant = { grantId, clientId: CLIENT.id, subject, ...allowed, createdAt: now, expiresAt: now + LIFETIMES.grant }
  const codeChallenge = letters("challenge", number, 43)
  const code = { codeHash, grantId, clientId: CLIENT.id, redirectUri: REDIRECT, codeChallenge, expiresAt }
  const hashes = { chainHash: hash(chainOf(number)), tokenHash: hash(refreshTokenOf(number)) }
  return { grant, code, refreshToken: { ...hashes, grantId, clientId: CLIENT.id, expiresAt } }
}
type Granted = ReturnType<typeof grantOf>

const expect = (wanted: string, outcome: string): void => {
  if (outcome !== wanted) throw new Error(`the store said ${outcome}`)
}

/** The person signs in and says yes on the page. */
const consentOnPage = Effect.fnUntraced(function* (store: Store, person: Person, granted: Granted, now: number) {
  const { session, subject } = person
  const { code, grant, refreshToken } = granted
  const hashes = { interactionHash: hash(code.codeHash), sessionHash: session.idHash }
  const request = { client, redirectUri: REDIRECT, codeChallenge: code.codeChallenge, ...allowed }
  const expiresAt = now + LIFETIMES.interaction
  yield* store.addSession(session)
  yield* store.addInteraction(
    { idHash: hashes.interactionHash, sessionHash: session.idHash, request, expiresAt },
    { maximum: 10_000 }
  )
  const consents = needed.map((one) => ({ ...one, subject, clientId: CLIENT.id, expiresAt: grant.expiresAt }))
  expect("Approved", yield* store.approve({ ...hashes, grant, code, consents, now }))
  expect("Redeemed", yield* store.redeem({ codeHash: code.codeHash, refreshToken, now }))
})

/** Another grant by what the person allowed before. */
const consentRemembered = Effect.fnUntraced(function* (store: Store, person: Person, granted: Granted, now: number) {
  const { code, grant, refreshToken } = granted
  const sessionHash = person.session.idHash
  expect("Approved", yield* store.approveByConsent({ sessionHash, grant, code, needed, now }))
  expect("Redeemed", yield* store.redeem({ codeHash: code.codeHash, refreshToken, now }))
})

// So many at a time that the store fills its transactions.
const BATCH = 1024

const inBatches = async (
  [first, end]: readonly [number, number],
  add: (number: number) => Effect.Effect<void, unknown>
): Promise<void> => {
  for (let start = first; start < end; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, end - start) }, (_, index) => add(start + index))
    await Effect.runPromise(Effect.all(batch, { concurrency: "unbounded", discard: true }))
  }
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** Adds grants, each of another person who signs in for it and consents. */
export const addGrantsOfMany = (store: Store, range: readonly [number, number]): Promise<void> => {
  const now = nowSeconds()
  return inBatches(range, (number) => {
    const person = personOf(number, scattered("person", number, 22), now)
    return consentOnPage(store, person, grantOf(number, person.subject, now, scattered), now)
  })
}

/** Adds grants of one person, who signs in and consents for the first of them. */
export const addGrantsOfOne = async (
  store: Store,
  [first, end]: readonly [number, number],
  { letters = scattered, subject }: { readonly letters?: Letters; readonly subject: string }
): Promise<void> => {
  const now = nowSeconds()
  const person = personOf(first, subject, now)
  const grant = (number: number) => grantOf(number, subject, now, letters)
  await Effect.runPromise(consentOnPage(store, person, grant(first), now))
  await inBatches([first + 1, end], (number) => consentRemembered(store, person, grant(number), now))
}

/** Makes a database with grants of the server's account. */
export const fillFile = async (path: string, count: number): Promise<void> => {
  const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))
  await addGrantsOfOne(store, [0, count], { letters: ordered, subject: SUBJECT })
  await Effect.runPromise(store.close)
}
