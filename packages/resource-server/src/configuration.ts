import { makeProofVerifier, type ProofVerifier } from "@postern/dpop"
import { formatProtectedResourceMetadata } from "@postern/metadata"
import { makePolicy, type OperationPolicy, type PolicyOptions, type ScopeSet } from "@postern/scope"
import { parseResource, parseSecureUrl, protectedResourceMetadataUrl } from "@postern/uri"
import * as Context from "effect/Context"
import * as Result from "effect/Result"
import { checkServers } from "./authorization-servers.ts"
import type { Answer, Head } from "./incoming.ts"
import { documentAnswers } from "./metadata-document.ts"
import {
  type Checked,
  checkFlags,
  checkFunction,
  checkFunctions,
  checkKnown,
  checkObject,
  checkScopes,
  checkText,
  checkUrl,
  refuseOption,
  under
} from "./option-checks.ts"
import { type ChallengeForm, dpopOptions, type GuardOptions, guardOptions } from "./options.ts"
import { makeSessions, type Sessions } from "./sessions.ts"
import type { TokenVerifier } from "./token-verifier.ts"
import { verifierFromOptions } from "./verifier-from-options.ts"
import type { ChallengeFacts } from "./wire.ts"

/** Options that were checked. */
export interface Configuration extends Pick<GuardOptions, "onDecision" | "services"> {
  readonly resource: string
  /** The scheme and authority of `resource`: what a proof has to name before the path. */
  readonly origin: string
  readonly verifier: TokenVerifier
  readonly policy: OperationPolicy
  readonly proofs: ProofVerifier | undefined
  readonly proofsRequired: boolean
  readonly sessions: Sessions
  readonly filterLists: boolean
  readonly challengeForm: (head: Head) => ChallengeForm
  readonly facts: ChallengeFacts
  readonly document: Readonly<Record<string, unknown>>
  readonly metadataPath: string
  /** The answer for the metadata document; `undefined` for a target that is not its. */
  readonly documentFor: (target: string, method: string) => Answer | undefined
  readonly maximumBodyBytes: number
}

const checkPolicy = (options: GuardOptions): Checked<OperationPolicy> => {
  const { closedToStepUp, hierarchy, operations, publicOperations } = options
  const policy: PolicyOptions = {
    operations,
    ...(publicOperations !== undefined && { publicOperations }),
    ...(hierarchy !== undefined && { hierarchy }),
    ...(closedToStepUp !== undefined && { closedToStepUp })
  }
  return under("")(makePolicy(policy))
}

// What to begin with (MCP authorization, section Scope Selection Strategy): more is asked for by step-up. Where nothing is
// needed to begin with, a client that knows no step-up would get nothing at all.
const supportedScopes = ({ base, scopes }: OperationPolicy, closed: ReadonlyArray<string> = []): ScopeSet =>
  base.size > 0 ? base : new Set([...scopes].filter((scope) => !closed.includes(scope)))

const checkProofs = (options: GuardOptions): Checked<ProofVerifier | undefined> =>
  Result.gen(function* () {
    const { dpop } = options
    if (dpop === undefined) return undefined
    yield* checkObject("dpop", dpop)
    yield* checkKnown(dpop, dpopOptions, "dpop.")
    yield* checkFlags({ "dpop.required": dpop.required })
    const { memory, nonces } = dpop
    const proofs = { ...(memory !== undefined && { memory }), ...(nonces !== undefined && { nonces }) }
    return yield* under("dpop.")(makeProofVerifier(proofs))
  })

const checkChallengeForm = (
  form: GuardOptions["toolChallenges"] = "status"
): Checked<Configuration["challengeForm"]> => {
  if (typeof form === "function") return Result.succeed(form)
  return form === "status" || form === "result"
    ? Result.succeed(() => form)
    : refuseOption("toolChallenges", 'it has to be "status", "result" or a function')
}

const checkBodyLimit = (bytes: number): Checked<number> =>
  Number.isSafeInteger(bytes) && bytes > 0
    ? Result.succeed(bytes)
    : refuseOption("maximumBodyBytes", "it has to be a positive integer")

const checkCallbacks = ({ onDecision, sessions, services }: GuardOptions): Checked<void> =>
  Result.gen(function* () {
    yield* checkFunctions("sessions", sessions, ["start", "accepts", "end"])
    yield* checkFunction("onDecision", onDecision)
    if (services !== undefined && !Context.isContext(services)) {
      return yield* refuseOption("services", "it has to be a Context of Effect")
    }
  })

const ROOT = "/.well-known/oauth-protected-resource"

/** Where the document stands: the path of RFC 9728 section 3.1 with the query of the resource, and the root if told. */
const serving = (document: Configuration["document"], { pathname, search }: URL, root: boolean) => {
  const answer = documentAnswers(document)
  return (target: string, method: string): Answer | undefined => {
    const question = target.indexOf("?")
    const path = question < 0 ? target : target.slice(0, question)
    const asked = path === pathname && (search === "" || target.slice(path.length) === search)
    return asked || (root && path === ROOT) ? answer(method) : undefined
  }
}

/** Checks the options of a guard; an option that is not known is an error. */
export const configure = (options: GuardOptions): Checked<Configuration> =>
  Result.gen(function* () {
    yield* checkKnown(options, guardOptions)
    const resource = yield* checkUrl("resource", options.resource, parseResource)
    const servers = yield* checkServers(options.authorizationServers)
    const policy = yield* checkPolicy(options)
    const { filterLists, maximumBodyBytes = 4_194_304, resourceDocumentation, resourceName, rootMetadata } = options
    yield* checkFlags({ filterLists, rootMetadata })
    yield* checkCallbacks(options)
    const { scopesSupported = [...supportedScopes(policy, options.closedToStepUp)] } = options
    const supported = yield* checkScopes("scopesSupported", scopesSupported)
    if (resourceName !== undefined) yield* checkText("resourceName", resourceName)
    if (resourceDocumentation !== undefined) {
      yield* checkUrl("resourceDocumentation", resourceDocumentation, parseSecureUrl)
    }
    const proofs = yield* checkProofs(options)
    const proofsRequired = options.dpop?.required === true
    const document = formatProtectedResourceMetadata({
      resource,
      authorization_servers: servers,
      scopes_supported: [...supported],
      bearer_methods_supported: ["header"],
      resource_name: resourceName,
      resource_documentation: resourceDocumentation,
      dpop_signing_alg_values_supported: proofs?.algorithms,
      dpop_bound_access_tokens_required: proofsRequired || undefined
    })
    const metadataUrl = protectedResourceMetadataUrl(resource)
    const metadata = new URL(metadataUrl)
    return {
      resource,
      origin: new URL(resource).origin,
      verifier: yield* verifierFromOptions(options, servers),
      policy,
      proofs,
      proofsRequired,
      sessions: options.sessions ?? makeSessions(),
      filterLists: filterLists === true,
      challengeForm: yield* checkChallengeForm(options.toolChallenges),
      facts: {
        metadataUrl,
        baseScopes: [...policy.base],
        dpop: proofs && { algorithms: proofs.algorithms, required: proofsRequired }
      },
      document,
      metadataPath: metadata.pathname + metadata.search,
      documentFor: serving(document, metadata, rootMetadata === true),
      maximumBodyBytes: yield* checkBodyLimit(maximumBodyBytes),
      ...(options.onDecision && { onDecision: options.onDecision }),
      ...(options.services && { services: options.services })
    }
  })
