import type { Verifier } from "@postern/jwt-verify"
import { formatProtectedResourceMetadata } from "@postern/metadata"
import { makeHierarchy, type ScopeHierarchy, type ScopeSet, scopeSet } from "@postern/scope"
import { parseIssuer, parseResource, parseSecureUrl, protectedResourceMetadataUrl } from "@postern/uri"
import * as Result from "effect/Result"
import type { Policy } from "./policy.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** Which scopes operations need; a batch needs those of all its messages. */
export interface Operations {
  /** What every call needs. With it, what no rule names needs these alone; without it, what no rule names is refused. */
  readonly default?: ReadonlyArray<string>
  /** By JSON-RPC method, for example `"resources/read"`; `"tools/call"` is for tools that `tools` does not name. */
  readonly methods?: Readonly<Record<string, ReadonlyArray<string>>>
  /** By the name of the tool that `tools/call` calls. */
  readonly tools?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** What a guard is made of. */
export interface GuardOptions {
  /** The resource identifier (RFC 8707): the URL that clients are given, byte for byte. */
  readonly resource: string
  /** Issuers whose tokens are good here; at least one (RFC 9728 section 2). */
  readonly authorizationServers: ReadonlyArray<string>
  /** Checks tokens; its audience is this resource. */
  readonly verifier: Verifier
  readonly operations: Operations
  /** Published in the metadata document; the default scopes unless told. */
  readonly scopesSupported?: ReadonlyArray<string>
  /** What each scope implies directly, for example `{ admin: ["write"] }`. */
  readonly hierarchy?: Readonly<Record<string, ReadonlyArray<string>>>
  /** A name for people, in the metadata document. */
  readonly resourceName?: string
  /** A page for developers, in the metadata document. */
  readonly resourceDocumentation?: string
  /** The longest body read, in bytes; 4 MiB unless told. */
  readonly maximumBodyBytes?: number
}

/** Options that were checked. */
export interface Configuration {
  readonly verifier: Verifier
  readonly policy: Policy
  readonly hierarchy: ScopeHierarchy
  readonly metadataUrl: string
  readonly document: Readonly<Record<string, unknown>>
  readonly maximumBodyBytes: number
}

const OPTIONS: Readonly<Record<keyof GuardOptions, true>> = {
  resource: true,
  authorizationServers: true,
  verifier: true,
  operations: true,
  scopesSupported: true,
  hierarchy: true,
  resourceName: true,
  resourceDocumentation: true,
  maximumBodyBytes: true
}

const OPERATIONS: Readonly<Record<keyof Operations, true>> = { default: true, methods: true, tools: true }

type Checked<A> = Result.Result<A, ConfigurationInvalid>

const refuse = (key: string, reason: string) => Result.fail(new ConfigurationInvalid({ key, reason }))

const named =
  (key: string) =>
  <A, E extends { readonly message: string }>(result: Result.Result<A, E>): Checked<A> =>
    Result.mapError(result, ({ message: reason }) => new ConfigurationInvalid({ key, reason }))

const checkKnown = (object: object, known: object, prefix = ""): Checked<void> => {
  const unknown = Object.keys(object).find((key) => !Object.hasOwn(known, key))
  return unknown === undefined ? Result.succeed(undefined) : refuse(prefix + unknown, "there is no such option")
}

const checkScopes = (key: string, tokens: ReadonlyArray<string>): Checked<ScopeSet> => {
  if (!Array.isArray(tokens)) return refuse(key, "it is a list of scopes")
  // MCP authorization, section Refresh Tokens: asking for a refresh token is the client's business alone.
  if (tokens.includes("offline_access")) return refuse(key, "offline_access is not a scope of a resource")
  return named(key)(scopeSet(tokens))
}

const checkRules = (
  key: string,
  rules: Readonly<Record<string, ReadonlyArray<string>>> = {}
): Checked<ReadonlyMap<string, ScopeSet>> =>
  Result.gen(function* () {
    const checked = new Map<string, ScopeSet>()
    for (const [name, tokens] of Object.entries(rules)) checked.set(name, yield* checkScopes(`${key}.${name}`, tokens))
    return checked
  })

const checkPolicy = (operations: Operations): Checked<Policy> =>
  Result.gen(function* () {
    if (typeof operations !== "object" || operations === null) return yield* refuse("operations", "it is needed")
    yield* checkKnown(operations, OPERATIONS, "operations.")
    return {
      base: operations.default && (yield* checkScopes("operations.default", operations.default)),
      methods: yield* checkRules("operations.methods", operations.methods),
      tools: yield* checkRules("operations.tools", operations.tools)
    }
  })

const checkServers = (servers: ReadonlyArray<string>): Checked<ReadonlyArray<string>> =>
  Array.isArray(servers) && servers.length > 0
    ? Result.all(servers.map((server: string) => named("authorizationServers")(parseIssuer(server))))
    : refuse("authorizationServers", "at least one is needed")

const checkBodyLimit = (bytes: number): Checked<number> =>
  Number.isSafeInteger(bytes) && bytes > 0
    ? Result.succeed(bytes)
    : refuse("maximumBodyBytes", "it is a positive integer")

/** Checks the options of a guard; an option that is not known is an error. */
export const configure = (options: GuardOptions): Checked<Configuration> =>
  Result.gen(function* () {
    yield* checkKnown(options, OPTIONS)
    const resource = yield* named("resource")(parseResource(options.resource))
    const servers = yield* checkServers(options.authorizationServers)
    if (typeof options.verifier?.verify !== "function") return yield* refuse("verifier", "it is needed")
    const policy = yield* checkPolicy(options.operations)
    const supported = yield* checkScopes("scopesSupported", options.scopesSupported ?? [...(policy.base ?? [])])
    const hierarchy = yield* named("hierarchy")(makeHierarchy(options.hierarchy ?? {}))
    if (options.resourceDocumentation !== undefined) {
      yield* named("resourceDocumentation")(parseSecureUrl(options.resourceDocumentation))
    }
    const document = formatProtectedResourceMetadata({
      resource,
      authorization_servers: servers,
      scopes_supported: [...supported],
      bearer_methods_supported: ["header"],
      resource_name: options.resourceName,
      resource_documentation: options.resourceDocumentation
    })
    return {
      verifier: options.verifier,
      policy,
      hierarchy,
      metadataUrl: protectedResourceMetadataUrl(resource),
      document,
      maximumBodyBytes: yield* checkBodyLimit(options.maximumBodyBytes ?? 4_194_304)
    }
  })
