import type { TrustedIssuer } from "@postern/jwt-verify"
import { parseIssuer } from "@postern/uri"
import * as Result from "effect/Result"
import { type Checked, checkUrl, isObject, refuseOption } from "./option-checks.ts"
import type { GuardOptions } from "./options.ts"

type Server = GuardOptions["authorizationServers"][number]

/** An authorization server of the options, the one that stands there as text like the others. */
export const toIssuer = (server: Server): TrustedIssuer => (typeof server === "string" ? { issuer: server } : server)

const checkServer = (server: Server, index: number): Checked<string> => {
  const key = `authorizationServers[${index}]`
  if (typeof server === "string") return checkUrl(key, server, parseIssuer)
  return isObject(server)
    ? checkUrl(`${key}.issuer`, server.issuer, parseIssuer)
    : refuseOption(key, "it has to be an issuer identifier, or what a preset makes")
}

/** The issuers of the authorization servers, in their order. */
export const checkServers = (servers: GuardOptions["authorizationServers"]): Checked<ReadonlyArray<string>> =>
  Array.isArray(servers) && servers.length > 0
    ? Result.all(servers.map(checkServer))
    : refuseOption("authorizationServers", "it has to be a list of authorization servers, at least one")
