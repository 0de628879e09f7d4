import { makeProofVerifier, type VerifiedProof } from "@postern/dpop"
import { makeDpop } from "@postern/client-flow/dpop"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  ASM_URL,
  json,
  makeWorld,
  PRM_URL,
  RESOURCE,
  type Route,
  type Seen,
  serverMetadata,
  TOKEN_URL,
  type World
} from "./world.ts"

export const dpop = Result.getOrThrow(makeDpop())

/** A world whose servers bind tokens to keys, and check every proof as `@postern/dpop` does. */
export interface DpopWorld extends World {
  /** The nonces that the two servers want now; none where it is `undefined`. */
  readonly wanted: { server?: string | undefined; resource?: string | undefined }
  /** The thumbprint that each access token is bound to. */
  readonly bound: Map<string, string>
  /** Every proof that was accepted, with the URL that it was for. */
  readonly proofs: Array<VerifiedProof & { readonly url: string }>
}

export const dpopChallenge = (parameters: string, headers: Readonly<Record<string, string>> = {}) =>
  new Response("", {
    status: 401,
    headers: { "www-authenticate": `DPoP resource_metadata="${PRM_URL}"${parameters}`, ...headers }
  })

const nonceOf = ({ headers }: Seen): unknown =>
  JSON.parse(Buffer.from((headers.get("dpop") ?? "").split(".")[1] ?? "", "base64url").toString() || "{}").nonce

export const makeDpopWorld = (): DpopWorld => {
  const world = makeWorld()
  const wanted: DpopWorld["wanted"] = {}
  const bound = new Map<string, string>()
  const proofs: DpopWorld["proofs"] = []
  const verifier = Result.getOrThrow(makeProofVerifier())
  const verify = async (request: Seen, token?: { readonly accessToken: string; readonly thumbprint: string }) => {
    const { headers, method, url } = request
    const verified = await Effect.runPromise(verifier.verify({ proof: headers.get("dpop"), method, url, ...token }))
    proofs.push({ ...verified, url })
    return verified
  }

  const token: Route = async (request) => {
    const { thumbprint } = await verify(request)
    if (wanted.server !== undefined && nonceOf(request) !== wanted.server) {
      return json({ error: "use_dpop_nonce" }, 400, { "dpop-nonce": wanted.server })
    }
    const accessToken = `bound-${bound.size + 1}`
    bound.set(accessToken, thumbprint)
    return json({ access_token: accessToken, token_type: "DPoP", expires_in: 3600, refresh_token: `r-${bound.size}` })
  }
  const resource: Route = async (request) => {
    const accessToken = request.headers.get("authorization")?.match(/^DPoP (.+)$/)?.[1]
    const thumbprint = bound.get(accessToken ?? "")
    if (accessToken === undefined || thumbprint === undefined) return dpopChallenge("")
    await verify(request, { accessToken, thumbprint })
    return wanted.resource === undefined || nonceOf(request) === wanted.resource
      ? json({ ok: true })
      : dpopChallenge(`, error="use_dpop_nonce"`, { "dpop-nonce": wanted.resource })
  }
  world.routes.set(ASM_URL, () => json(serverMetadata({ dpop_signing_alg_values_supported: ["ES256"] })))
  world.routes.set(TOKEN_URL, token)
  world.routes.set(RESOURCE, resource)
  return Object.assign(world, { wanted, bound, proofs })
}
