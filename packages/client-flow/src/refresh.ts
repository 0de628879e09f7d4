import type { TokenResponse } from "@postern/messages"
import * as Effect from "effect/Effect"
import { askAgain } from "./ask-again.ts"
import type { ClientCredentials } from "./choose-client-authentication.ts"
import type { Discovery } from "./discover.ts"
import type { FlowError } from "./flow-error.ts"
import { isAlive, makeCredentials } from "./make-credentials.ts"
import { now } from "./now.ts"
import type { TokenRequestRejected } from "./rejections/index.ts"
import { requestToken } from "./request-token.ts"
import { save } from "./save.ts"
import type { CommonSettings } from "./common-settings.ts"
import type { StoredCredentials } from "./store.ts"

/**
 * Uses the refresh token once (OAuth 2.1 section 4.3), for the scope that was granted and the same resource. `undefined`: the
 * server does not take it, and it alone was forgotten if it is not valid any more; or what is held is another login by now. When the
 * server is down or cannot be reached, everything is kept. `spent` holds what is not used again by this process: what was used but could not be saved,
 * and what was refused for another reason than its own.
 */
export const refresh = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: {
    readonly discovery: Discovery
    readonly client: ClientCredentials
    readonly credentials: StoredCredentials
    readonly spent: Set<string>
    /** Whether a server that is in trouble is asked again. */
    readonly patient: boolean
  }
): Effect.fn.Return<StoredCredentials | undefined, FlowError> {
  const { client, credentials, discovery, spent } = facts
  const { proofKey, refreshToken } = credentials
  if (refreshToken === undefined || spent.has(refreshToken)) return undefined
  const { metadataUrl, server } = discovery
  const asked = requestToken(settings, {
    server,
    metadataUrl,
    client,
    proofKey,
    requestedScope: credentials.requestedScope,
    request: { grantType: "refresh_token", refreshToken, resources: credentials.resources ?? [discovery.audience] }
  })
  const taken = (facts.patient ? askAgain(asked) : asked).pipe(
    Effect.catchTag("TokenRequestRejected", (rejection) => giveUp(settings, facts, rejection))
  )
  const response = yield* taken
  return response && (yield* keep(settings, facts, response))
})

/** Saves what a refresh brought, unless somebody was faster: then what they saved stays, and is used if it can be. */
const keep = Effect.fnUntraced(function* (
  settings: CommonSettings,
  { client, credentials, spent }: UsedUp,
  response: TokenResponse
) {
  const { account, clientId, grantedScope, issuer, proofKey, refreshToken, requestedScope, resource, resources } =
    credentials
  const replaced =
    response.refreshToken !== undefined && response.refreshToken !== refreshToken ? refreshToken : undefined
  if (replaced !== undefined) spent.add(replaced)
  const time = yield* now
  const held = (yield* settings.store.findCredentials(resource, account)).find(
    (found) => found.issuer === issuer && found.clientId === clientId
  )
  if (!held || isNewer(held, credentials)) return held && isAlive(held, time) ? held : undefined
  const saved = yield* save(
    settings,
    makeCredentials({
      key: { issuer, resource, account, clientId },
      clientAuthentication: client.registered,
      resources,
      response,
      requestedScope,
      impliedScope: grantedScope,
      earlierRefreshToken: refreshToken,
      proofKey,
      now: time
    })
  )
  if (replaced !== undefined) spent.delete(replaced)
  return saved
})

// A login that ended while the request was out. A token that is gone was forgotten: whoever forgot it brought nothing new.
const isNewer = (held: StoredCredentials, used: StoredCredentials): boolean =>
  (held.refreshToken !== undefined && held.refreshToken !== used.refreshToken) ||
  (held.accessToken !== undefined && held.accessToken !== used.accessToken)

interface UsedUp {
  readonly client: ClientCredentials
  readonly credentials: StoredCredentials
  readonly spent: Set<string>
}

const giveUp = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: UsedUp,
  rejection: TokenRequestRejected
): Effect.fn.Return<undefined, FlowError> {
  const { client, credentials } = facts
  switch (rejection.error) {
    case "invalid_grant":
      return yield* forget(settings, credentials)
    case "invalid_client":
      // Whoever wrote it down can put it right, and the login is good again.
      if (!client.registered) return doWithout(facts)
      // The registration is gone, and what hangs on it is worthless: the next authorization registers anew, unless another was.
      yield* settings.store.forgetRegistration(credentials.issuer, credentials.clientId)
      return yield* forget(settings, credentials)
    case "server_error":
    case "temporarily_unavailable":
      return yield* rejection
    default:
      return doWithout(facts)
  }
})

// Kept, for the fault may be of this request; not sent again, for the user is about to be asked instead.
const doWithout = ({ credentials, spent }: UsedUp): undefined => {
  if (credentials.refreshToken !== undefined) spent.add(credentials.refreshToken)
}

const forget = Effect.fnUntraced(function* (settings: CommonSettings, credentials: StoredCredentials) {
  const { issuer, refreshToken, resource } = credentials
  yield* settings.store.forgetTokens(credentials, { refreshToken })
  yield* settings.emit({ _tag: "TokenForgotten", issuer, resource, kind: "refresh" })
  return undefined
})
