import { type AuthorizationRequestRejection, decodeAuthorizationRequest, type Parameters } from "@postern/messages"
import * as Result from "effect/Result"
import { checkGrantType } from "../grant-type.ts"
import type { Person } from "../people.ts"
import type { GrantTypeForbidden, InteractionRequired, ResourceRefused, ScopeRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { PendingRequest } from "../store.ts"
import { decidePrompt, type PromptPlan } from "./rules/prompt.ts"
import { decideResources } from "./rules/resources.ts"
import { decideScope } from "./rules/scope.ts"
import type { Target } from "./target.ts"

/** What the rules of the authorization endpoint read. */
export interface RequestFacts {
  readonly settings: Settings
  readonly target: Target
  readonly parameters: Parameters
  /** Who is signed in in this browser. */
  readonly person: Person | undefined
}

/** What is to become of a request. */
export interface RequestPlan {
  readonly request: PendingRequest
  /** Who may consent at once; `undefined` when somebody has to sign in first. */
  readonly person: Person | undefined
  readonly prompt: PromptPlan
}

/** Why a request is refused by a redirect to its client. */
export type RequestRejection =
  | AuthorizationRequestRejection
  | GrantTypeForbidden
  | ResourceRefused
  | ScopeRefused
  | InteractionRequired

/** The policy of the authorization endpoint for a request whose client and redirect URI are certain. */
export const decideRequest = (facts: RequestFacts): Result.Result<RequestPlan, RequestRejection> => {
  const { settings, target, parameters, person } = facts
  const decoded = decodeAuthorizationRequest(parameters)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  const asked = decoded.success
  const grantType = checkGrantType(target.client, "authorization_code")
  if (Result.isFailure(grantType)) return Result.fail(grantType.failure)
  const resources = decideResources(asked.resources, settings)
  if (Result.isFailure(resources)) return Result.fail(resources.failure)
  const wanted = { asked: asked.scope ?? new Set<string>(), resources: resources.success, client: target.client }
  const scope = decideScope(wanted)
  if (Result.isFailure(scope)) return Result.fail(scope.failure)
  const decided = decidePrompt(asked.prompt ?? [], { signedIn: person !== undefined })
  if (Result.isFailure(decided)) return Result.fail(decided.failure)
  const prompt = decided.success
  // Keys take room, which whoever asks could fill.
  const { jwks: _, ...client } = target.client
  const request: PendingRequest = {
    client,
    redirectUri: target.redirectUri,
    state: asked.state,
    codeChallenge: asked.codeChallenge,
    // Where DPoP is not served, no token request could prove the key.
    dpopJkt: settings.dpop === undefined ? undefined : asked.dpopJkt,
    ask: prompt.ask ? true : undefined,
    resources: resources.success.map(({ resource }) => resource),
    scope: [...scope.success]
  }
  return Result.succeed({ request, person: prompt.signIn ? undefined : person, prompt })
}
