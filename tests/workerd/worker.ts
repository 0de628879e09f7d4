// A worker that uses layers 0 to 3 and answers with what came out; `pnpm run workerd` bundles it and asks it.
import { decodeBase64Url, encodeBase64Url } from "@postern/bytes"
import { findBearerChallenge, parseChallenges } from "@postern/challenge-parser"
import { createVerifier as createTokenVerifier } from "@postern/jwt-verify/promise"
import { buildAuthorizationUrl, decodeAuthorizationRequest, parseParameters } from "@postern/messages"
import { checkPkce, decodeAuthorizationServerMetadata, parseJson } from "@postern/metadata"
import { check, createChallenge, createVerifier } from "@postern/pkce/promise"
import { isForbiddenAddress, makeTransport } from "@postern/safe-fetch"
import { formatScope, parseScope } from "@postern/scope"
import { authorizationServerMetadataUrls, parseIssuer } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

const ISSUER = "https://as.example.com"
const RESOURCE = "https://mcp.example.com/mcp"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const segment = (value: unknown): string => encodeBase64Url(utf8(JSON.stringify(value)))

/** An ES256 access token (RFC 9068) and the key set that verifies it. */
const makeToken = async (): Promise<{ readonly token: string; readonly jwks: { readonly keys: Array<unknown> } }> => {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])
  if (!("privateKey" in pair)) throw new TypeError("ECDSA makes a key pair")
  const now = Math.floor(Date.now() / 1000)
  const head = segment({ alg: "ES256", typ: "at+jwt", kid: "k1" })
  const claims = { iss: ISSUER, sub: "u1", aud: RESOURCE, client_id: "c1", iat: now, exp: now + 300, jti: "j1" }
  const signed = `${head}.${segment({ ...claims, scope: "files:read" })}`
  const algorithm = { name: "ECDSA", hash: "SHA-256" }
  const signature = await crypto.subtle.sign(algorithm, pair.privateKey, new Uint8Array(utf8(signed)))
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey)
  return {
    token: `${signed}.${encodeBase64Url(new Uint8Array(signature))}`,
    jwks: { keys: [{ ...jwk, kid: "k1", alg: "ES256", use: "sig" }] }
  }
}

const results = async (): Promise<Readonly<Record<string, unknown>>> => {
  const verifier = Result.getOrThrow(await createVerifier())
  const challenge = Result.getOrThrow(await createChallenge(verifier))
  const other = Result.getOrThrow(await createVerifier())
  const mismatch = await check({ verifier: other, challenge })

  const header = `Bearer scope="files:read", resource_metadata="${RESOURCE}"`
  const bearer = Result.getOrThrow(findBearerChallenge(Result.getOrThrow(parseChallenges(header))))

  const document = Result.getOrThrow(
    parseJson(
      JSON.stringify({
        issuer: ISSUER,
        authorization_endpoint: `${ISSUER}/authorize`,
        token_endpoint: `${ISSUER}/token`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"]
      })
    )
  )
  const metadata = Result.getOrThrow(checkPkce(Result.getOrThrow(decodeAuthorizationServerMetadata(document))))
  const url = Result.getOrThrow(
    buildAuthorizationUrl(metadata.authorization_endpoint ?? "", {
      clientId: "c1",
      codeChallenge: challenge,
      redirectUri: "http://127.0.0.1:1234/callback",
      state: "s1",
      resources: [RESOURCE]
    })
  )
  const request = Result.getOrThrow(
    decodeAuthorizationRequest(Result.getOrThrow(parseParameters(new URL(url).searchParams)))
  )

  const { token, jwks } = await makeToken()
  const options = { issuer: ISSUER, audience: RESOURCE, jwks }
  const verified = Result.getOrThrow(await createTokenVerifier(options).verify(token))
  const elsewhere = await createTokenVerifier({ ...options, audience: ISSUER }).verify(token)
  const insecure = await Effect.runPromise(
    Effect.result(makeTransport({ bounds: {} }).fetch({ url: "http://mcp.example.com/" }))
  )

  return {
    bytes: decodeBase64Url("Zm9v")?.length,
    pkce: Result.isSuccess(await check({ verifier, challenge })),
    pkceMismatch: Result.isFailure(mismatch) && mismatch.failure._tag,
    challenge: bearer?.resourceMetadata,
    scope: formatScope(Result.getOrThrow(parseScope("files:read files:write files:read"))),
    issuer: authorizationServerMetadataUrls(Result.getOrThrow(parseIssuer(ISSUER))),
    request: [request.clientId, request.state, request.resources, request.codeChallenge === challenge],
    subject: verified.subject,
    audienceMismatch: Result.isFailure(elsewhere) && elsewhere.failure._tag,
    forbiddenAddress: isForbiddenAddress("169.254.169.254"),
    insecureFetch: Result.isFailure(insecure) && insecure.failure._tag
  }
}

export default { fetch: async (): Promise<Response> => Response.json(await results()) }
