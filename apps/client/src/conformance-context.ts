import { createPrivateKey } from "node:crypto"
import type { PreRegistration } from "@postern/client-flow"
import type { PromiseMachineGrant } from "@postern/client-flow/machine/promise"
import { makeClientKey } from "@postern/client-flow/private-key-jwt"
import { decodeProtectedResourceMetadata } from "@postern/metadata"
import { protectedResourceMetadataUrl } from "@postern/uri"
import * as Result from "effect/Result"

/** Who the client is in a scenario, and how it gets its tokens; a person is asked where there is no grant. */
export interface ScenarioClient {
  readonly registrations: ReadonlyArray<PreRegistration>
  readonly grant?: PromiseMachineGrant
}

/** What a scenario tells a client beforehand (`MCP_CONFORMANCE_CONTEXT`): an object of texts, by the suite's own names. */
export const readContext = async (server: string, context = "{}"): Promise<ScenarioClient> => {
  const told = new Map(Object.entries(recordOf(JSON.parse(context))))
  const text = (name: string): string | undefined => {
    const value = told.get(name)
    return typeof value === "string" ? value : undefined
  }
  const clientId = text("client_id")
  if (clientId === undefined) return { registrations: [] }
  const issuer = text("issuer")
  const clientSecret = text("client_secret")
  if (issuer !== undefined) return { registrations: [{ issuer, clientId, clientSecret }] }

  // Of a client without a person the suite does not say where it is registered; an operator would.
  const registration = { issuer: await issuerOf(server), clientId, clientSecret, clientKey: clientKeyOf(text) }
  return { registrations: [registration], grant: grantOf(text) }
}

type Told = (name: string) => string | undefined

const grantOf = (text: Told): PromiseMachineGrant => {
  const workload = text("valid_jwt")
  if (workload !== undefined) return { type: "workload", assertion: async () => workload }
  const token = text("idp_id_token")
  if (token === undefined) return { type: "client_credentials" }
  return {
    type: "enterprise",
    identityProvider: {
      issuer: text("idp_issuer") ?? "",
      tokenEndpoint: text("idp_token_endpoint") ?? "",
      clientId: text("idp_client_id") ?? ""
    },
    subjectToken: async () => ({ type: "id_token", token })
  }
}

const clientKeyOf = (text: Told) => {
  const pem = text("private_key_pem")
  if (pem === undefined) return undefined
  if (text("signing_algorithm") !== "ES256") throw new Error("a key of another algorithm than ES256")
  const privateJwk = createPrivateKey(pem).export({ format: "jwk" })
  return Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk }))
}

const issuerOf = async (server: string): Promise<string> => {
  const response = await fetch(protectedResourceMetadataUrl(server))
  const metadata = Result.getOrThrow(decodeProtectedResourceMetadata(await response.json()))
  const [issuer] = metadata.authorization_servers
  if (issuer === undefined) throw new Error("the server names no authorization server")
  return issuer
}

const recordOf = (value: unknown): object => (typeof value === "object" && value !== null ? value : {})
