import type { ClientRule } from "@postern/jwt-verify"
import type { Transport } from "@postern/safe-fetch"
import { parseIssuer, parseSecureUrl } from "@postern/uri"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type Checked, checkFunctions, checkKnown, checkText, checkUrl, refuseOption } from "./option-checks.ts"

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
    : refuseOption(
        key,
        least === 0
          ? "it has to be a list of texts, none of them empty"
          : "it has to be a list of texts, at least one and none of them empty"
      )

const checkNumber = (key: Key, value: number, least: number, most: number): Checked<number> =>
  Number.isFinite(value) && value >= least && value <= most
    ? Result.succeed(value)
    : refuseOption(key, `it has to be a number from ${least} to ${most}`)

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
    yield* checkUrl("issuer", issuer, parseIssuer)
    yield* checkUrl("endpoint", endpoint, parseSecureUrl)
    yield* checkText("clientId", clientId)
    if (!Redacted.isRedacted(clientSecret) || !isText(Redacted.value(clientSecret))) {
      return yield* refuseOption("clientSecret", "it has to be a Redacted of a text, and not of an empty one")
    }
    if (authentication !== "client_secret_basic" && authentication !== "client_secret_post") {
      return yield* refuseOption("authentication", "it has to be client_secret_basic or client_secret_post")
    }
    if (clients !== undefined && typeof clients !== "function") yield* checkNames("clients", clients, 1)
    if (transport === undefined) return yield* refuseOption("transport", "it has to be given")
    yield* checkFunctions("transport", transport, ["fetch"])
    const { audience, clockToleranceSeconds = 5, foreignAudiences = [] } = options
    const { maximumCacheEntries = 10_000, maximumCacheSeconds = 60 } = options
    const entries = yield* checkNumber("maximumCacheEntries", maximumCacheEntries, 1, 1_000_000)
    return {
      issuer,
      endpoint,
      clientId,
      clientSecret,
      authentication,
      audience: yield* checkNames("audience", typeof audience === "string" ? [audience] : audience, 1),
      foreignAudiences: new Set(yield* checkNames("foreignAudiences", foreignAudiences, 0)),
      clients: Array.isArray(clients) ? [...clients] : clients,
      clockToleranceSeconds: yield* checkNumber("clockToleranceSeconds", clockToleranceSeconds, 0, 60),
      maximumCacheSeconds: yield* checkNumber("maximumCacheSeconds", maximumCacheSeconds, 0, 3600),
      maximumCacheEntries: Math.floor(entries),
      transport
    }
  })
