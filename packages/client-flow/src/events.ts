import type { MetadataAttempt } from "./metadata-attempt.ts"

/** What a request of the flow is for. */
export type Purpose =
  | "protected-resource-metadata"
  | "authorization-server-metadata"
  | "registration"
  | "code-exchange"
  | "refresh"
  | "client-credentials"
  | "token-exchange"
  | "assertion"
  | "revocation"
  | "resource"

/**
 * What happened in a flow, in order. Nothing here is a secret: of parameters whose values are, the name stands alone.
 */
export type FlowEvent =
  | {
      readonly _tag: "Exchanged"
      readonly purpose: Purpose
      readonly method: string
      readonly url: string
      readonly status: number
      /** The parameters of a form; secret values are `<redacted>`. */
      readonly parameters?: Readonly<Record<string, string>> | undefined
    }
  | {
      readonly _tag: "ExchangeFailed"
      readonly purpose: Purpose
      readonly method: string
      readonly url: string
      /** The tag of what went wrong. */
      readonly reason: string
    }
  | {
      readonly _tag: "Challenged"
      readonly resource: string
      readonly status: number
      readonly error?: string | undefined
      readonly scope?: string | undefined
      readonly resourceMetadata?: string | undefined
    }
  | { readonly _tag: "ChallengeIgnored"; readonly resource: string; readonly reason: string }
  | ({ readonly _tag: "MetadataTried"; readonly purpose: Purpose } & MetadataAttempt)
  | {
      readonly _tag: "ServerFound"
      readonly resource: string
      readonly issuer: string
      /** Every place that was tried for the documents that say so. */
      readonly tried: ReadonlyArray<MetadataAttempt>
    }
  | {
      readonly _tag: "ServerChanged"
      readonly resource: string
      readonly issuer: string
      readonly previous: string
    }
  | {
      readonly _tag: "RegistrationChosen"
      readonly issuer: string
      readonly way: "configured" | "document" | "stored" | "registered" | "asked"
      readonly clientId: string
    }
  | { readonly _tag: "RegistrationForgotten"; readonly issuer: string; readonly clientId: string }
  | { readonly _tag: "AuthorizationStarted"; readonly resource: string; readonly issuer: string; readonly url: string }
  | { readonly _tag: "CallbackReceived"; readonly issuer: string; readonly parameters: ReadonlyArray<string> }
  | {
      readonly _tag: "CredentialsSaved"
      readonly issuer: string
      readonly resource: string
      readonly clientId: string
      readonly requestedScope: ReadonlyArray<string>
      readonly grantedScope: ReadonlyArray<string>
      /** Seconds since 1970. */
      readonly expiresAt?: number | undefined
      readonly refreshable: boolean
      /** Whether the tokens are bound to a key. */
      readonly bound: boolean
    }
  | {
      readonly _tag: "ScopeWidened"
      readonly issuer: string
      readonly resource: string
      readonly added: ReadonlyArray<string>
    }
  | {
      readonly _tag: "TokenForgotten"
      readonly issuer: string
      readonly resource: string
      readonly kind: "access" | "refresh"
    }
  | { readonly _tag: "ExceptionUsed"; readonly issuer: string; readonly allow: string; readonly reason: string }

// A list of what may be shown: a parameter that nobody thought of stays hidden.
const SHOWN: ReadonlySet<string> = new Set([
  "access_type",
  "audience",
  "client_assertion_type",
  "client_id",
  "code_challenge_method",
  "error",
  "grant_type",
  "iss",
  "prompt",
  "redirect_uri",
  "requested_token_type",
  "resource",
  "response_type",
  "scope",
  "subject_token_type",
  "token_type_hint"
])

const REDACTED = "<redacted>"

/** The parameters by name; the values of those that may be secret are replaced. */
export const redactParameters = (parameters: URLSearchParams): Readonly<Record<string, string>> =>
  Object.fromEntries([...parameters].map(([name, value]) => [name, SHOWN.has(name) ? value : REDACTED]))

/** The URL, with the values of query parameters that may be secret replaced; what is not a URL is not shown. */
export const redactUrl = (text: string): string => {
  const url = URL.parse(text)
  if (url === null) return REDACTED
  const query = [...url.searchParams].map(
    ([name, value]) => `${encodeURIComponent(name)}=${SHOWN.has(name) ? encodeURIComponent(value) : REDACTED}`
  )
  return `${url.origin === "null" ? url.protocol : url.origin}${url.pathname}${query.length > 0 ? `?${query.join("&")}` : ""}`
}

/**
 * A server's words, fit to be shown in a log or a terminal: at most 200 characters, none of them a control character or
 * one that changes the direction of the text.
 */
export const showable = (text: string): string => {
  const clean = text.slice(0, 400).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, "\uFFFD")
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean
}
