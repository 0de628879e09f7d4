import * as Result from "effect/Result"
import { RedirectUriMismatch } from "./rejections.ts"

/**
 * The presented redirect URI when it is registered: equal byte for byte (OAuth 2.1 section 2.3.1), except that on http at
 * `127.0.0.1`, `[::1]` or `localhost` the port may be any (RFC 8252 section 7.3). Each of the three stands for itself
 * alone. What comes back is the presented text: the port in it is the one that listens.
 */
export const matchRedirectUri = (
  registered: ReadonlyArray<string>,
  presented: string
): Result.Result<string, RedirectUriMismatch> => {
  const loopback = splitLoopback(presented)
  const matches = registered.some((uri) => {
    if (uri === presented) return true
    const other = loopback && splitLoopback(uri)
    return other !== undefined && other.host === loopback?.host && other.rest === loopback.rest
  })
  return matches ? Result.succeed(presented) : Result.fail(new RedirectUriMismatch({ received: presented }))
}

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)$/s

// An http loopback URI as host and what follows the port, both as they came.
const splitLoopback = (uri: string): { readonly host: string; readonly rest: string } | undefined => {
  const [, host, port, rest] = LOOPBACK.exec(uri) ?? []
  if (host === undefined || rest === undefined || Number(port ?? 80) > 65_535) return undefined
  return { host, rest }
}
