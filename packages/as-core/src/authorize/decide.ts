import { decodeAuthorizationRequest, type Parameters } from "@postern/messages"
import * as Result from "effect/Result"
import { checkGrantType } from "../grant-type.ts"
import type { Person } from "../people.ts"
import type { Settings } from "../settings.ts"
import type { PendingRequest } from "../store.ts"
import { decidePrompt } from "./rules/prompt.ts"
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

/** The policy of the authorization endpoint for a request whose client and redirect URI are certain. */
export const decideRequest = ({ settings, target, parameters, person }: RequestFacts) =>
  Result.gen(function* () {
    const asked = yield* decodeAuthorizationRequest(parameters)
    yield* checkGrantType(target.client, "authorization_code")
    const resources = yield* decideResources(asked.resources, settings)
    const scope = yield* decideScope({ asked: asked.scope ?? new Set(), resources, client: target.client })
    const prompt = yield* decidePrompt(asked.prompt ?? [], { signedIn: person !== undefined })
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
      resources: resources.map(({ resource }) => resource),
      scope: [...scope]
    }
    /** `person`: who may consent at once; `undefined` when somebody has to sign in first. */
    return { request, person: prompt.signIn ? undefined : person, prompt }
  })

/** Why a request is refused by a redirect to its client. */
export type RequestRejection = Extract<ReturnType<typeof decideRequest>, { readonly _tag: "Failure" }>["failure"]
