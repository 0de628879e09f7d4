import { sha256Text } from "@postern/bytes"
import { checkSignature, type KeySource } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import { isExcepted } from "../clients/exceptions.ts"
import type { Engine } from "../engine.ts"
import { nowSeconds } from "../now.ts"
import { ClientAuthenticationFailed, ClientThrottled } from "../rejections.ts"
import type { Client } from "../store.ts"
import { checkClaims } from "./claims.ts"
import { keysOf } from "./key-set.ts"
import type { Assertion } from "./parse.ts"
import type { KeySetUrl } from "./remote-keys.ts"

const REASONS = {
  KeysUnavailable: "keys-unavailable",
  KeyUnknown: "assertion-key",
  SignatureInvalid: "assertion-signature"
} as const

/**
 * Checks the assertion of a client whose method is `private_key_jwt` (RFC 7523 section 3) and uses it up. What costs nothing
 * comes first; only an assertion that is right in everything is remembered, so that a stranger cannot fill the store.
 */
export const checkAssertion = Effect.fnUntraced(function* (
  engine: Engine,
  { assertion, client }: { readonly assertion: Assertion; readonly client: Client }
) {
  const fail = (reason: ClientAuthenticationFailed["reason"]) => Effect.fail(new ClientAuthenticationFailed({ reason }))
  const { jwt } = assertion
  const { tokenEndpointAuthSigningAlg: registered } = client
  if (registered !== undefined && registered !== jwt.algorithm) return yield* fail("assertion-algorithm")
  const audiences = audiencesFor(engine, client)
  yield* Effect.fromResult(checkClaims(jwt.claims, { audiences, now: yield* nowSeconds }))
  const keys = findKeys(engine, client)
  if (keys === undefined) return yield* fail("keys-unavailable")
  yield* checkSignature(jwt, keys).pipe(
    Effect.mapError(({ _tag }) => new ClientAuthenticationFailed({ reason: REASONS[_tag] }))
  )
  // The clock once more: keys may have been waited for.
  const now = yield* nowSeconds
  const { expiresAt, id } = yield* Effect.fromResult(checkClaims(jwt.claims, { audiences, now }))
  // Each client has its own identifiers; as JSON, so that no two pairs read the same.
  const idHash = yield* sha256Text(JSON.stringify([client.clientId, id]))
  const wait = engine.spentAssertions.take(client, now)
  if (wait > 0) return yield* new ClientThrottled({ retryAfter: wait })
  if ((yield* engine.store.remember({ idHash, expiresAt }, now)) === "Replayed") {
    // Whoever has one that was used keeps nobody else's out with it.
    engine.spentAssertions.giveBack(client, now)
    return yield* fail("assertion-replayed")
  }
})

/** The issuer, and for a client with an exception the token endpoint, which RFC 7523 section 3 had instead. */
const audiencesFor = ({ settings }: Engine, { clientId }: Client): ReadonlyArray<string> => [
  settings.issuer,
  ...(isExcepted(settings, clientId, "token-endpoint-as-audience") ? [settings.origin + settings.paths.token] : [])
]

const findKeys = ({ remoteKeys }: Engine, client: Client): KeySource | undefined => {
  if (client.jwks !== undefined) return keysOf(client.jwks)
  const at = keySetUrlOf(client)
  return at && remoteKeys?.(at)
}

/** No operator typed this: whoever registers over the wire has no URL that could vouch for another. */
const STRANGER = "about:blank"

/** Where a client's keys are, and who says so: the operator, the client's document, or whoever registered it. */
const keySetUrlOf = ({ clientId, jwksUri: url, origin }: Client): KeySetUrl | undefined => {
  if (url === undefined) return undefined
  if (origin === "configured") return { clientId, url }
  return { clientId, url, namedBy: origin === "document" ? clientId : STRANGER }
}
