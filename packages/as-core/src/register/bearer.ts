import { constantTimeEqual, decodeBase64Url, sha256 } from "@postern/bytes"
import { parseCredentials } from "@postern/challenge-parser"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Incoming } from "../http/incoming.ts"

/** The token of an `Authorization: Bearer` header; `undefined` where there is none that could be read (RFC 6750 section 2.1). */
export const readBearer = (header: Incoming["header"]): string | undefined => {
  const authorization = header("authorization")
  const credentials = authorization === null ? undefined : parseCredentials(authorization)
  if (credentials === undefined || Result.isFailure(credentials)) return undefined
  return credentials.success?.scheme === "bearer" ? credentials.success.token68 : undefined
}

/** Whether a token is the one of a hash, in the same time for every token. */
export const isTokenOf = (token: string, hash: string): Effect.Effect<boolean> => {
  const expected = decodeBase64Url(hash)
  return Effect.map(sha256(token), (presented) => expected !== undefined && constantTimeEqual(expected, presented))
}
