import { matchRedirectUri, RedirectUriMismatch } from "@postern/uri"
import * as Result from "effect/Result"
import { isOwnEndpoint } from "../clients/redirect-uris.ts"
import { ClientUnknown, RedirectUriMissing } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client } from "../store.ts"

/** Who asks, and where the answer goes: until both are certain, no error may be redirected anywhere. */
export interface Target {
  readonly client: Client
  readonly redirectUri: string
}

/** All values of a parameter; a single one that is empty may be left out. */
export type ValuesOf = (name: string) => ReadonlyArray<string>

/** What the request says of its target; an empty value counts as omitted. */
export const readTarget = (
  valuesOf: ValuesOf
): Result.Result<
  { readonly clientId: string; readonly redirectUri: string | undefined },
  ClientUnknown | RedirectUriMissing
> => {
  const [clientId = "", secondId] = valuesOf("client_id")
  const [redirectUri = "", secondUri] = valuesOf("redirect_uri")
  if (secondId !== undefined) return Result.fail(new ClientUnknown({ reason: "repeated" }))
  if (clientId === "") return Result.fail(new ClientUnknown({ reason: "missing" }))
  if (secondUri !== undefined) return Result.fail(new RedirectUriMissing({ reason: "repeated" }))
  return Result.succeed({ clientId, redirectUri: redirectUri === "" ? undefined : redirectUri })
}

/** The redirect URI to use: the one that was sent if it is registered, or the only one there is (OAuth 2.1 section 2.3.2). */
export const decideTarget = (facts: {
  readonly client: Client
  readonly redirectUri: string | undefined
  readonly settings: Pick<Settings, "origin" | "paths">
}): Result.Result<Target, RedirectUriMissing | RedirectUriMismatch> => {
  const { client, redirectUri, settings } = facts
  if (redirectUri !== undefined) {
    const matched = matchRedirectUri(client.redirectUris, redirectUri)
    if (Result.isFailure(matched)) return Result.fail(matched.failure)
    // The port on loopback is free to choose, so what was registered says nothing of ours.
    return isOwnEndpoint(matched.success, settings)
      ? Result.fail(new RedirectUriMismatch({ received: redirectUri }))
      : Result.succeed({ client, redirectUri: matched.success })
  }
  const [only, second] = client.redirectUris
  return only !== undefined && second === undefined
    ? Result.succeed({ client, redirectUri: only })
    : Result.fail(new RedirectUriMissing({ reason: "missing" }))
}
