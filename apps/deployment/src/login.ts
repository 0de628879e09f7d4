import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { UserAgent } from "@postern/app-demo"
import { buildAuthorizationUrl, decodeErrorResponse, decodeTokenResponse } from "@postern/messages"
import { parseJson } from "@postern/metadata"
import { type CodeVerifier, createChallenge, createVerifier } from "@postern/pkce"
import type { Ledger } from "./ledger.ts"
import { RESOURCE, SCOPE, REDIRECT_URI } from "./setting.ts"

/** What an app holds after a login. */
export interface Login {
  readonly clientId: string
  readonly accessToken: () => string
  /** Changes the refresh token for the next one; false when the server says that the login is over. */
  readonly refresh: () => Promise<boolean>
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** What a token request came to. `unknown`: no answer, or one that is not the server's. */
type Answer =
  | { readonly _tag: "Tokens"; readonly tokens: Tokens }
  | { readonly _tag: "Refused"; readonly error: string }
  | { readonly _tag: "Unknown" }

const PATIENCE_MILLIS = 50

const askTokens = async (origin: string, parameters: Record<string, string>): Promise<Answer> => {
  const body = new URLSearchParams({ ...parameters, resource: RESOURCE })
  try {
    const response = await fetch(`${origin}/token`, { method: "POST", body })
    if (response.status >= 500) return { _tag: "Unknown" }
    const json = parseJson(await response.text())
    if (!response.ok) {
      const refused = Result.flatMap(json, decodeErrorResponse)
      return { _tag: "Refused", error: Result.isSuccess(refused) ? refused.success.error : `${response.status}` }
    }
    const { accessToken, refreshToken } = Result.getOrThrow(Result.flatMap(json, decodeTokenResponse))
    return refreshToken === undefined
      ? { _tag: "Refused", error: "there is no refresh token" }
      : { _tag: "Tokens", tokens: { accessToken, refreshToken } }
  } catch {
    return { _tag: "Unknown" }
  }
}

/** Asks the user for a code; undefined when a page did not come. */
const askCode = async (origin: string, browser: UserAgent, clientId: string, verifier: CodeVerifier) => {
  const state = crypto.randomUUID()
  const codeChallenge = await Effect.runPromise(createChallenge(verifier))
  const url = Result.getOrThrow(
    buildAuthorizationUrl(`${origin}/authorize`, {
      clientId,
      redirectUri: REDIRECT_URI,
      codeChallenge,
      scope: [SCOPE],
      state,
      resources: [RESOURCE]
    })
  )
  const visit = await browser.visit(url, REDIRECT_URI).catch(() => undefined)
  if (visit?._tag !== "Redirected") return undefined
  const { searchParams } = new URL(visit.callbackUrl)
  return searchParams.get("state") === state ? (searchParams.get("code") ?? undefined) : undefined
}

/** One app logs one person in. Where a page or an answer does not come it begins again, as the person would. */
export const logIn = async (
  origin: string,
  facts: { readonly browser: UserAgent; readonly clientId: string; readonly ledger: Ledger }
): Promise<Login> => {
  const { browser, clientId, ledger } = facts
  for (;;) {
    const verifier = await Effect.runPromise(createVerifier())
    const code = await askCode(origin, browser, clientId, verifier)
    const answer: Answer =
      code === undefined
        ? { _tag: "Unknown" }
        : await askTokens(origin, {
            grant_type: "authorization_code",
            client_id: clientId,
            code,
            code_verifier: verifier,
            redirect_uri: REDIRECT_URI
          })
    if (answer._tag === "Tokens") {
      ledger.count("login")
      return makeLogin(origin, { clientId, ledger, tokens: answer.tokens })
    }
    ledger.count("login begun again")
    await sleep(PATIENCE_MILLIS)
  }
}

const makeLogin = (
  origin: string,
  facts: { readonly clientId: string; readonly ledger: Ledger; readonly tokens: Tokens }
): Login => {
  const { clientId, ledger } = facts
  let { tokens } = facts
  return {
    clientId,
    accessToken: () => tokens.accessToken,
    refresh: async () => {
      for (;;) {
        const answer = await askTokens(origin, {
          grant_type: "refresh_token",
          client_id: clientId,
          refresh_token: tokens.refreshToken
        })
        if (answer._tag === "Tokens") {
          tokens = answer.tokens
          ledger.count("refresh")
          return true
        }
        if (answer._tag === "Refused") {
          ledger.count("logged out")
          return false
        }
        // Whether the token was changed nobody knows. The server keeps its answer for a while, for exactly this.
        ledger.count("refresh repeated")
        await sleep(PATIENCE_MILLIS)
      }
    }
  }
}
