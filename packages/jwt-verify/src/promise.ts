import { type PromiseOptions, toPromise } from "@postern/rejection/promise"
import * as Result from "effect/Result"
import type { Algorithm } from "./algorithm.ts"
import type { VerifiedToken } from "./claims.ts"
import type { VerifierOptions } from "./configuration.ts"
import type { KeysUnavailable, RevocationUnavailable, TokenRejection } from "./rejections.ts"
import * as Signature from "./signature.ts"
import { makePlainVerifier, type Verifier, type VerifyOptions } from "./verifier.ts"
import { fromWebFetch } from "./web-fetch.ts"

export { checkSignature, createFixedKeys, createRemoteKeys, type PromiseRemoteKeysOptions } from "./promise-keys.ts"

/** A verifier for callers without Effect. */
export interface PromiseVerifier {
  /** The token as it came in the request, checked in full (RFC 9068 section 4). */
  readonly verify: (
    token: string,
    options?: VerifyOptions & PromiseOptions
  ) => Promise<Result.Result<VerifiedToken, TokenRejection | KeysUnavailable | RevocationUnavailable>>
  /** The same verdict without waiting, for a remembered token; `undefined` where `verify` has to be asked. */
  readonly recall: Verifier["recall"]
}

/** What {@link createVerifier} takes: the verifier's options, with the platform's `fetch` where keys are behind a URL. */
export interface PromiseVerifierOptions extends Omit<VerifierOptions, "fetch"> {
  /** The platform's unless told. Give one that refuses private addresses when the URL is not your own. */
  readonly fetch?: typeof globalThis.fetch
}

/** Makes a verifier; throws `ConfigurationInvalid` for options that are wrong or not known (RFC 8725 section 3). */
export const createVerifier = (options: PromiseVerifierOptions): PromiseVerifier => {
  // What is no function is refused with the other options; those of a caller without types may be none.
  const { fetch: web = globalThis.fetch } = options ?? {}
  const fetch = typeof web === "function" ? fromWebFetch(web) : web
  const { recall, verify, verifyNow } = Result.getOrThrow(makePlainVerifier({ ...options, fetch }))
  return {
    verify: async (token, options) =>
      // What may be stopped is an Effect.
      (options?.signal === undefined ? verifyNow(token, options) : undefined) ??
      toPromise(verify(token, options), options),
    recall
  }
}

/** Verifies the signature of a compact JWS and nothing else (RFC 7515 section 5.2). */
export const verifySignature = (options: {
  readonly token: string
  readonly jwks: unknown
  readonly algorithms?: ReadonlyArray<Algorithm>
}): Promise<
  Result.Result<
    { readonly header: Readonly<Record<string, unknown>>; readonly payload: Uint8Array },
    Signature.SignatureRejection
  >
> => toPromise(Signature.verifySignature(options))
