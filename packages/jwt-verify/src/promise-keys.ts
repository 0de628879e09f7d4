import { type PromiseOptions, toPromise } from "@postern/rejection/promise"
import * as Result from "effect/Result"
import type { KeyRules } from "./key-set.ts"
import type { KeySource } from "./key-source.ts"
import { makeFixedKeys, makeRemoteKeys, type RemoteKeysOptions } from "./keys.ts"
import type { KeysUnavailable, KeyUnknown, SignatureInvalid } from "./rejections.ts"
import * as Signature from "./signature.ts"
import type { UnverifiedJwt } from "./unverified-jwt.ts"
import { fromWebFetch } from "./web-fetch.ts"

/** Makes keys of a JWKS that is at hand; throws `ConfigurationInvalid` for one without a key for the rules. */
export const createFixedKeys = (jwks: unknown, rules: KeyRules): KeySource =>
  Result.getOrThrow(makeFixedKeys(jwks, rules))

/** What {@link createRemoteKeys} takes: the options of `makeRemoteKeys`, with the platform's `fetch`. */
export interface PromiseRemoteKeysOptions extends Omit<RemoteKeysOptions, "fetch"> {
  /** The platform's unless told. Give one that refuses private addresses when the URL is not your own. */
  readonly fetch?: typeof globalThis.fetch
}

/** Makes keys of a JWKS behind a URL; throws `ConfigurationInvalid` for options that are wrong or not known. */
export const createRemoteKeys = (options: PromiseRemoteKeysOptions): KeySource =>
  Result.getOrThrow(makeRemoteKeys({ ...options, fetch: fromWebFetch(options.fetch ?? globalThis.fetch) }))

/** Verifies the signature of a JWT that was read by `parseJwt`, with the one key that fits it (RFC 7515 section 5.2). */
export const checkSignature = (
  jwt: UnverifiedJwt,
  keys: KeySource,
  options?: PromiseOptions
): Promise<Result.Result<void, KeyUnknown | SignatureInvalid | KeysUnavailable>> =>
  toPromise(Signature.checkSignature(jwt, keys), options)
