import * as Result from "effect/Result"
import { type HostPolicy, isHostPattern } from "../clients/host-policy.ts"
import type { DocumentOptions, DynamicOptions } from "../clients/options.ts"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import { DEFAULT_MAXIMUM_CLIENTS, DEFAULT_STALE_SECONDS, MAXIMUM_STALE_SECONDS } from "../limits.ts"
import type { DocumentSettings, DynamicSettings } from "../settings.ts"
import type { TokenEndpointAuthMethod } from "../store.ts"

type Checked<A> = Result.Result<A, ConfigurationInvalid>

const invalid = (key: string, reason: string, spec = "Postern configuration") =>
  Result.fail(new ConfigurationInvalid({ key, reason, spec }))

/** Checks how documents are read. */
export const checkDocuments = (
  options: DocumentOptions | undefined,
  methods: ReadonlyArray<TokenEndpointAuthMethod>
): Checked<DocumentSettings | undefined> =>
  Result.gen(function* () {
    if (options === undefined) return undefined
    if (!methods.includes("none") && !methods.includes("private_key_jwt")) {
      return yield* invalid("registration.documents", "needs none or private_key_jwt among tokenEndpointAuthMethods")
    }
    const { hosts, staleSeconds = DEFAULT_STALE_SECONDS } = options
    if (!Number.isSafeInteger(staleSeconds) || staleSeconds < 0 || staleSeconds > MAXIMUM_STALE_SECONDS) {
      return yield* invalid(
        "registration.documents.staleSeconds",
        `must be whole seconds from 0 to ${MAXIMUM_STALE_SECONDS}`
      )
    }
    return { hosts: hosts === undefined ? undefined : yield* checkHosts(hosts), staleSeconds }
  })

const checkHosts = (hosts: HostPolicy): Checked<HostPolicy> => {
  const key = "registration.documents.hosts"
  if (typeof hosts === "function") return Result.succeed(hosts)
  const lists = Object.entries(hosts)
  const [list] = lists
  if (list === undefined || lists.length > 1 || (list[0] !== "allow" && list[0] !== "deny")) {
    return invalid(key, "must be a function, or have one of allow and deny")
  }
  const [name, patterns] = list
  if (!Array.isArray(patterns)) return invalid(`${key}.${name}`, "must be a list")
  const index = patterns.findIndex((pattern) => typeof pattern !== "string" || !isHostPattern(pattern))
  return index === -1
    ? Result.succeed(hosts)
    : invalid(`${key}.${name}[${index}]`, "must be a host in ASCII and lower case, or *. and such a host")
}

/** Checks who may register, and how many. */
export const checkDynamic = (options: DynamicOptions | undefined): Checked<DynamicSettings | undefined> =>
  Result.gen(function* () {
    if (options === undefined) return undefined
    const { maximumClients = DEFAULT_MAXIMUM_CLIENTS, initialAccessTokens = [], required = false } = options
    if (!Number.isSafeInteger(maximumClients) || maximumClients < 1) {
      return yield* invalid("registration.dynamic.maximumClients", "must be a positive whole number")
    }
    const tokens = new Map<string, number>()
    for (const [index, { hash, expiresAt = Number.POSITIVE_INFINITY }] of initialAccessTokens.entries()) {
      const key = `registration.dynamic.initialAccessTokens[${index}]`
      if (!/^[\w-]{43}$/.test(hash)) return yield* invalid(`${key}.hash`, "must be a SHA-256 hash as base64url")
      if (tokens.has(hash)) return yield* invalid(`${key}.hash`, "is configured twice")
      if (typeof expiresAt !== "number" || !(expiresAt > 0)) {
        return yield* invalid(`${key}.expiresAt`, "must be seconds since 1970")
      }
      tokens.set(hash, expiresAt)
    }
    if (required && tokens.size === 0) {
      return yield* invalid("registration.dynamic.required", "needs initialAccessTokens, or nobody could register")
    }
    return { maximumClients, initialAccessTokens: tokens, required }
  })
