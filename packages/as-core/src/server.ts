import * as Effect from "effect/Effect"
import { makeRemoteClientKeys } from "./assertion/remote-keys.ts"
import { makeSpentAssertions } from "./assertion/spent-assertions.ts"
import { makeAttempts } from "./attempts.ts"
import { makePresses } from "./interaction/presses.ts"
import { boundStore } from "./bounded-store.ts"
import { checkOptions } from "./check-options.ts"
import { makeDocumentFinder } from "./clients/document.ts"
import { tellExceptions } from "./clients/exceptions.ts"
import { makeFetchBudget } from "./clients/fetch-budget.ts"
import { makeClientFinder } from "./clients/find.ts"
import { makeLogoFinder } from "./clients/logo.ts"
import type { ConfigurationInvalid } from "./configuration-invalid.ts"
import { makeDirectory } from "./directory.ts"
import type { Engine } from "./engine.ts"
import { makeAnswer } from "./handle.ts"
import { type Answer, responseOf } from "./http/answer.ts"
import { type Incoming, incomingOf } from "./http/incoming.ts"
import { keepHouse, removeExpired } from "./housekeeping.ts"
import { makeKeys } from "./keys/make.ts"
import type { KeyRingCommands } from "./keys/ring-keys.ts"
import { REDEMPTION_LIMIT, REGISTRATION_LIMIT, SECRET_LIMIT, SIGN_IN_LIMIT } from "./limits.ts"
import type { AuthorizationServerOptions } from "./options.ts"
import { makeRates } from "./rates.ts"
import { makeIsRevoked } from "./revocation.ts"
import { routesOf } from "./routes.ts"
import { makeSigner } from "./signer.ts"
import type { StoreFailed } from "./store.ts"
import { makeTell } from "./tell.ts"
import { makeProofs } from "./token/stored-proofs.ts"
import { makeTokenReader } from "./token-reader.ts"

/** An authorization server: give it requests, whatever host and path prefix brought them. */
export interface AuthorizationServer {
  /** Answers every request; nothing that a request holds makes it fail. */
  readonly handle: (request: Request) => Effect.Effect<Response>
  /** The same for a server that has no web request at hand: making one would cost more than many an answer. */
  readonly answer: (request: Incoming) => Effect.Effect<Answer>
  /** The issuer identifier, byte for byte as configured. */
  readonly issuer: string
  /**
   * Whether an access token was revoked, by its `jti`: for a resource server in this process, which verifies tokens by
   * itself and asks only this. One elsewhere asks by introspection.
   */
  readonly isRevoked: (tokenId: string) => Effect.Effect<boolean, StoreFailed>
  /** What an operator does with the keys; absent where `keys` are kept outside. */
  readonly keyRing: KeyRingCommands | undefined
  /** Removes what has expired until nothing is left, in small transactions; how many rows went or were put off. */
  readonly removeExpired: Effect.Effect<number, StoreFailed>
  /** Does so every minute, for ever; one process of several is enough. */
  readonly keepHouse: Effect.Effect<never>
}

/**
 * Makes an authorization server (OAuth 2.1, RFC 8414, RFC 7591, RFC 8707, RFC 9068, RFC 9207) from its ports and settings.
 * Every option is checked first: {@link ConfigurationInvalid} names the key.
 */
export const makeAuthorizationServer = Effect.fn("as-core.makeAuthorizationServer")(function* (
  options: AuthorizationServerOptions
): Effect.fn.Return<AuthorizationServer, ConfigurationInvalid> {
  const settings = yield* Effect.fromResult(checkOptions(options))
  const store = boundStore(options.store)
  const keys = yield* makeKeys(options.keys, { store, settings })
  const isRevoked = makeIsRevoked(store)
  const fetching = options.registration?.documents
  const budget = makeFetchBudget()
  const tell = makeTell(options.onEvent)
  const documents =
    fetching && settings.documents
      ? yield* makeDocumentFinder({ ...fetching, settings, documents: settings.documents, budget, tell })
      : undefined
  const engine: Engine = {
    settings,
    store,
    people: makeDirectory({ people: options.people, settings, store, tell }),
    pages: options.pages,
    signer: makeSigner(keys.set),
    readToken: makeTokenReader(keys.set, settings.issuer),
    isRevoked,
    clients: makeClientFinder({ settings, store, documents }),
    logos: yield* makeLogoFinder({ transport: fetching?.logoTransport, budget }),
    remoteKeys: fetching && makeRemoteClientKeys({ transport: fetching.keySetTransport ?? fetching.transport }),
    proofs: makeProofs(settings, store),
    spentAssertions: makeSpentAssertions(),
    signIns: makeAttempts(SIGN_IN_LIMIT),
    presses: makePresses(),
    redemptions: makeAttempts(REDEMPTION_LIMIT),
    registrations: makeAttempts(REGISTRATION_LIMIT),
    guesses: { known: makeAttempts(SECRET_LIMIT), unknown: makeAttempts(SECRET_LIMIT) },
    rates: makeRates(settings),
    tell
  }
  yield* tellExceptions(settings, tell)
  const answer = makeAnswer(engine, routesOf(engine))
  return {
    issuer: settings.issuer,
    answer,
    handle: (request) => Effect.map(answer(incomingOf(request)), responseOf),
    isRevoked,
    keyRing: keys.ring,
    removeExpired: removeExpired(store),
    keepHouse: keepHouse(engine)
  }
})
