import type { ClientRule } from "@postern/jwt-verify"
import type { Transport } from "@postern/safe-fetch"
import { parseIssuer, parseSecureUrl } from "@postern/uri"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type Checked, checkKnown, named, refuseOption } from "./option-checks.ts"

/** Where the authorization server is asked about tokens, and what its answer has to say (RFC 7662). */
export interface IntrospectionOptions {
  /** Whose tokens these are; an `iss` in an answer is this one, exactly. */
  readonly issuer: string
  /** The introspection endpoint: https, or http on loopback. It stands in configuration, so the transport may vouch for it. */
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  /** How we authenticate; `client_secret_basic` unless told. */
  readonly authentication?: "client_secret_basic" | "client_secret_post"
  /** Our names: one of them is in `aud`. */
  readonly audience: string | ReadonlyArray<string>
  /** Strangers that may stand beside us in `aud`. */
  readonly foreignAudiences?: ReadonlyArray<string>
  /** Which clients are let in; all unless told. */
  readonly clients?: ClientRule
  /** How far clocks may differ, 0 to 60 seconds; 5 unless told. */
  readonly clockToleranceSeconds?: number
  /**
   * So long an answer is relied on, and never beyond `exp`: a token that was revoked is let in no longer than this. 60 unless
   * told, 0 asks on every request, 3600 is the most.
   */
  readonly maximumCacheSeconds?: number
  /** So many answers are kept; 10,000 unless told. When more come, one at random leaves. */
  readonly maximumCacheEntries?: number
  readonly transport: Transport
}

/** Options that were checked. */
export interface IntrospectionSettings extends Required<
  Omit<IntrospectionOptions, "audience" | "foreignAudiences" | "clients">
> {
  readonly audience: ReadonlyArray<string>
  readonly foreignAudiences: ReadonlySet<string>
  readonly clients: ClientRule | undefined
}

type Key = keyof IntrospectionOptions

const OPTIONS: Readonly<Record<Key, true>> = {
  issuer: true,
  endpoint: true,
  clientId: true,
  clientSecret: true,
  authentication: true,
  audience: true,
  foreignAudiences: true,
  clients: true,
  clockToleranceSeconds: true,
  maximumCacheSeconds: true,
  maximumCacheEntries: true,
  transport: true
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

const checkNames = (key: Key, names: unknown, least: number): Checked<ReadonlyArray<string>> =>
  Array.isArray(names) && names.length >= least && names.every(isText)
    ? Result.succeed([...names])
    : refuseOption(key, "it lists names, none of them empty")

const checkNumber = (key: Key, value: number, least: number, most: number): Checked<number> =>
  Number.isFinite(value) && value >= least && value <= most
    ? Result.succeed(value)
    : refuseOption(key, `it is a number from ${least} to ${most}`)

/** Checks the options of an introspector; an option that is not known is an error. */
export const configureIntrospection = (options: IntrospectionOptions): Checked<IntrospectionSettings> =>
  Result.gen(function* () {
    yield* checkKnown(options, OPTIONS)
    const {
      authentication = "client_secret_basic",
      clientId,
      clients,
      clientSecret,
      endpoint,
      issuer,
      transport
    } = options
    yield* named("issuer")(parseIssuer(issuer))
    yield* named("endpoint")(parseSecureUrl(endpoint))
    if (!isText(clientId)) return yield* refuseOption("clientId", "it is needed")
    if (!Redacted.isRedacted(clientSecret) || !isText(Redacted.value(clientSecret))) {
      return yield* refuseOption("clientSecret", "it is needed, as a Redacted of a text")
    }
    if (authentication !== "client_secret_basic" && authentication !== "client_secret_post") {
      return yield* refuseOption("authentication", "it is client_secret_basic or client_secret_post")
    }
    if (clients !== undefined && typeof clients !== "function") yield* checkNames("clients", clients, 0)
    if (typeof transport?.fetch !== "function") return yield* refuseOption("transport", "it is needed")
    const { audience } = options
    const entries = yield* checkNumber("maximumCacheEntries", options.maximumCacheEntries ?? 10_000, 1, 1_000_000)
    return {
      issuer,
      endpoint,
      clientId,
      clientSecret,
      authentication,
      audience: yield* checkNames("audience", typeof audience === "string" ? [audience] : audience, 1),
      foreignAudiences: new Set(yield* checkNames("foreignAudiences", options.foreignAudiences ?? [], 0)),
      clients: Array.isArray(clients) ? [...clients] : clients,
      clockToleranceSeconds: yield* checkNumber("clockToleranceSeconds", options.clockToleranceSeconds ?? 5, 0, 60),
      maximumCacheSeconds: yield* checkNumber("maximumCacheSeconds", options.maximumCacheSeconds ?? 60, 0, 3600),
      maximumCacheEntries: Math.floor(entries),
      transport
    }
  })
