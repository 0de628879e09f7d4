import { randomText, sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { json, noContent } from "../http/respond.ts"
import { nowSeconds } from "../now.ts"
import type { Client, StoreFailed } from "../store.ts"
import { isTokenOf, readBearer } from "./bearer.ts"
import { clientInformation } from "./client-information.ts"
import { RegistrationAccessTokenRefused } from "./rejections.ts"
import { decideReplacement, readReplacement } from "./replace.ts"
import { type ManagementRejection, registrationError } from "./wire.ts"
import type { Incoming } from "../http/incoming.ts"
import type { Answer } from "../http/answer.ts"

type Operation = (engine: Engine, request: Incoming, url: URL) => Effect.Effect<Answer, StoreFailed>

const withErrors = (
  answer: Effect.Effect<Answer, ManagementRejection | StoreFailed>
): Effect.Effect<Answer, StoreFailed> =>
  answer.pipe(
    Effect.catch((error) => (error.kind === "failure" ? Effect.fail(error) : Effect.succeed(registrationError(error))))
  )

/** GET at the client configuration endpoint (RFC 7592 section 2.1). The secret is not in it: its hash alone is kept. */
export const readClient: Operation = (engine, request, url) =>
  withErrors(
    Effect.map(find(engine, request, url), ({ client, token }) =>
      json(200, clientInformation(engine.settings, client, { registrationToken: token }))
    )
  )

/** PUT (RFC 7592 section 2.2). The registration access token stays the same: an answer that is lost locks nobody out. */
export const changeClient: Operation = (engine, request, url) =>
  withErrors(
    Effect.gen(function* () {
      // Gather.
      const { client, token, tokenHash } = yield* find(engine, request, url)
      const replacement = yield* Effect.fromResult(readReplacement(yield* readBody(request, "application/json")))
      const secretMatches = yield* matchSecret(replacement.secret, client)
      // Decide.
      const { settings } = engine
      const plan = yield* Effect.fromResult(decideReplacement({ replacement, client, secretMatches, settings }))
      // Mint.
      const needsSecret = plan.tokenEndpointAuthMethod.startsWith("client_secret_")
      const secret = needsSecret && client.secretHash === undefined ? yield* randomText() : undefined
      const secretHash = secret === undefined ? client.secretHash : yield* sha256Text(secret)
      const changed: Client = {
        ...plan,
        clientId: client.clientId,
        ...(needsSecret && { secretHash }),
        createdAt: client.createdAt
      }
      // Commit.
      const outcome = yield* engine.store.replaceClient({
        registration: { client: changed, registrationTokenHash: tokenHash },
        registrationTokenHash: tokenHash
      })
      if (outcome === "Gone") return yield* new RegistrationAccessTokenRefused()
      yield* engine.tell({ event: "client-changed", clientId: client.clientId })
      return json(200, clientInformation(settings, changed, { secret, registrationToken: token }))
    })
  )

/** DELETE (RFC 7592 section 2.3): the client goes, and everything that was granted to it. */
export const removeClient: Operation = (engine, request, url) =>
  withErrors(
    Effect.gen(function* () {
      const { client, tokenHash } = yield* find(engine, request, url)
      const { clientId } = client
      const now = yield* nowSeconds
      const outcome = yield* engine.store.removeClient({ clientId, registrationTokenHash: tokenHash, now })
      if (outcome === "Gone") return yield* new RegistrationAccessTokenRefused()
      yield* engine.tell({ event: "client-removed", clientId })
      return noContent()
    })
  )

/** The client of the URL, for whoever has its registration access token; for everybody else the same answer, whatever is there. */
const find = Effect.fnUntraced(function* (engine: Engine, request: Incoming, url: URL) {
  const token = readBearer(request.header)
  if (token === undefined) return yield* new RegistrationAccessTokenRefused()
  const clientId = url.pathname.slice(engine.settings.paths.register.length + 1)
  const found = yield* engine.store.findRegistration(clientId)
  const tokenHash = found?.registrationTokenHash
  if (found === undefined || tokenHash === undefined || !(yield* isTokenOf(token, tokenHash))) {
    return yield* new RegistrationAccessTokenRefused()
  }
  return { client: found.client, token, tokenHash }
})

const matchSecret = (secret: unknown, client: Client): Effect.Effect<boolean | undefined> => {
  if (secret === undefined) return Effect.succeed(undefined)
  return typeof secret === "string" && client.secretHash !== undefined
    ? isTokenOf(secret, client.secretHash)
    : Effect.succeed(false)
}
