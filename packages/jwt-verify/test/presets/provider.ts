import { type FetchDocument, makeVerifier, type TokenRejection, type TrustedIssuer } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose"
import { atNow } from "../fixture.ts"

/** A token as a provider makes it. */
export interface Sample {
  readonly header: { readonly typ?: string }
  readonly claims: JWTPayload
}

/** The tokens of one provider, and the public pages that show that it makes them so. */
export interface Fixture {
  readonly sources: ReadonlyArray<{ readonly title: string; readonly url: string }>
  readonly accessToken: Sample
  readonly idToken: Sample
}

type Changes = Readonly<Record<string, unknown>>

/** The server that the fixtures protect, and another that their providers issue tokens for. */
export const OURS = "https://mcp.example.com/mcp"
export const THEIRS = "https://mail.example.com/mcp"

const keys = await generateKeyPair("RS256")
const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "provider-1", use: "sig", alg: "RS256" }] }

// A claim that is changed to `undefined` is left out.
const issue = ({ claims, header }: Sample, changes: Changes): Promise<string> =>
  new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ ...header, alg: "RS256", kid: "provider-1" })
    .sign(keys.privateKey)

// The provider answers with its keys at the one URL that the preset names, and nowhere else.
const verify = async (preset: TrustedIssuer, sample: Sample, changes: Changes) => {
  const fetch: FetchDocument = ({ url }) =>
    url === preset.jwksUri
      ? Effect.succeed({ status: 200, headers: new Headers(), text: JSON.stringify(jwks) })
      : Effect.fail("unreachable")
  const verifier = Result.getOrThrow(makeVerifier({ issuer: [preset], audience: OURS, fetch }))
  return atNow(Effect.result(verifier.verify(await issue(sample, changes))))
}

/** What a token of the provider says once it is accepted. */
export const accept = async (preset: TrustedIssuer, sample: Sample, changes: Changes = {}) => {
  const token = Result.getOrThrow(await verify(preset, sample, changes))
  const { audience, clientId, id, subject } = token
  return { subject, clientId, scopes: [...token.scope], audience: [...audience], id }
}

/** Why a token of the provider is refused: its tag, and the claim or the reason. */
export const refuse = async (preset: TrustedIssuer, sample: Sample, changes: Changes = {}): Promise<string> => {
  const verified = await verify(preset, sample, changes)
  return Result.isSuccess(verified) ? "accepted" : describeRejection(verified.failure)
}

const describeRejection = (rejection: { readonly _tag: string }): string => {
  const { _tag, claim, reason } = rejection as Partial<Extract<TokenRejection, { readonly _tag: "ClaimInvalid" }>> & {
    readonly reason?: string
  }
  return [_tag, claim ?? reason].filter((part) => part !== undefined).join(" ")
}

/** What a preset says of options that it does not take: the option that is wrong. */
export const optionRefused = (preset: () => TrustedIssuer): string => {
  try {
    preset()
    return "accepted"
  } catch (error) {
    return typeof error === "object" && error !== null && "key" in error && "_tag" in error
      ? `${String(error._tag)} ${String(error.key)}`
      : "a bug"
  }
}
