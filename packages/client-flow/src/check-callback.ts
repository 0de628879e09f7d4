import {
  type ParameterInvalid,
  type ParameterMissing,
  type ParameterRepeated,
  parseAuthorizationResponse,
  parseParameters,
  type ParametersTooLarge
} from "@postern/messages"
import * as Result from "effect/Result"
import { redactUrl, showable } from "./events.ts"
import type { FlowRecord } from "./flow-record.ts"
import {
  AuthorizationIssuerMismatch,
  AuthorizationRefused,
  CallbackUrlMismatch,
  StateMismatch
} from "./rejections/index.ts"

/** Why a callback is not used. */
export type CallbackRefused =
  | CallbackUrlMismatch
  | AuthorizationIssuerMismatch
  | StateMismatch
  | AuthorizationRefused
  | ParameterRepeated
  | ParametersTooLarge
  | ParameterMissing
  | ParameterInvalid

/**
 * The code of a callback, if it belongs to this flow: it arrived at the redirect URI, its state is the flow's, and its issuer
 * is the recorded one (MCP Authorization, Authorization Response Validation), in this order: a response of which no flow is
 * known is not judged further. Until all three hold, nothing else in it is looked at, so that a stranger's error text is
 * neither shown nor acted on.
 */
export const checkCallback = (
  flow: Pick<FlowRecord, "issuer" | "callbackIssuer" | "promisesIssuer" | "redirectUri" | "state">,
  callbackUrl: string
): Result.Result<string, CallbackRefused> =>
  Result.gen(function* () {
    const query = yield* queryOf(flow.redirectUri, callbackUrl)
    const parameters = yield* parseParameters(query, { maximumLength: MAXIMUM_LENGTH })
    yield* checkState(flow.state, parameters.get("state"))
    yield* checkIssuerParameter(flow, parameters.get("iss"))
    const response = yield* parseAuthorizationResponse(query)
    if ("code" in response) return response.code
    const { error, errorDescription } = response
    return yield* Result.fail(
      new AuthorizationRefused({
        issuer: flow.issuer,
        error: showable(error),
        description: errorDescription === undefined ? undefined : showable(errorDescription)
      })
    )
  })

// A code is a reference; 16 kB is far beyond any that was seen.
const MAXIMUM_LENGTH = 16_384

/** The query that arrived: the callback is the redirect URI, character for character, followed by it. */
const queryOf = (redirectUri: string, callbackUrl: string): Result.Result<string, CallbackUrlMismatch> => {
  const separator = redirectUri.includes("?") ? "&" : "?"
  const prefix = redirectUri + separator
  return callbackUrl.startsWith(prefix) && !callbackUrl.includes("#")
    ? Result.succeed(callbackUrl.slice(prefix.length))
    : Result.fail(new CallbackUrlMismatch({ expected: redirectUri, received: showable(redactUrl(callbackUrl)) }))
}

/**
 * The table of RFC 9207 section 2.4 as MCP has it: promised and there, compare; promised and absent, refuse; not promised
 * but there, compare; neither, go on. The comparison is of characters: not of URLs, cases or slashes.
 */
const checkIssuerParameter = (
  flow: Pick<FlowRecord, "callbackIssuer" | "promisesIssuer">,
  received: string | undefined
): Result.Result<void, AuthorizationIssuerMismatch> => {
  const acceptable = received === undefined ? !flow.promisesIssuer : received === flow.callbackIssuer
  return acceptable
    ? Result.succeed(undefined)
    : Result.fail(
        new AuthorizationIssuerMismatch({
          expected: flow.callbackIssuer,
          received: received === undefined ? undefined : showable(received)
        })
      )
}

const checkState = (expected: string, received: string | undefined): Result.Result<void, StateMismatch> =>
  received === expected
    ? Result.succeed(undefined)
    : Result.fail(new StateMismatch({ received: received === undefined ? "absent" : "different" }))
