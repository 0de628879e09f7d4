import { makeClientIdMetadata } from "@postern/client-flow/client-id-metadata"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"

const options = {
  url: "https://app.example.com/oauth/client.json",
  redirectUris: ["http://127.0.0.1/callback"],
  clientMetadata: { client_name: "Notes reader", client_uri: "https://app.example.com/", logo_uri: undefined }
}
const jwks = { keys: [{ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", kid: "k1" }] }

const documentOf = (change: object): unknown =>
  JSON.parse(Result.getOrThrow(makeClientIdMetadata({ ...options, ...change })).text)

describe("a document that is made", () => {
  it("[CIM-40] [CL11] [CL30] says who the client is, without a secret", () => {
    expect(documentOf({})).toEqual({
      application_type: "native",
      client_name: "Notes reader",
      client_uri: "https://app.example.com/",
      client_id: "https://app.example.com/oauth/client.json",
      redirect_uris: ["http://127.0.0.1/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none"
    })
  })

  it.each([
    [["https://app.example.com/callback"], "web"],
    [["https://app.example.com/callback", "http://localhost/cb"], "native"],
    [["com.example.app:/cb"], "native"]
  ])("[CL14] is of the type that its redirect URIs have: %j", (redirectUris, type) => {
    expect(documentOf({ redirectUris })).toMatchObject({ application_type: type })
  })

  it("[CL11] authenticates by its keys where it has some, in the document or at its origin", () => {
    expect(documentOf({ jwks, signingAlgorithm: "EdDSA", dpopBoundAccessTokens: true })).toMatchObject({
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "EdDSA",
      dpop_bound_access_tokens: true,
      jwks
    })
    expect(documentOf({ jwksUri: "https://app.example.com/keys" })).toMatchObject({
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: "https://app.example.com/keys"
    })
  })

  it.each([
    [{ jwks: { keys: [{ ...jwks.keys[0], d: "private" }] } }, ["jwks.keys[0].d"]],
    [{ jwks, jwksUri: "https://app.example.com/keys" }, ["jwks"]],
    [{ jwksUri: "https://keys.example.com/" }, ["jwks_uri"]],
    [{ url: "http://app.example.com/c", redirectUris: [] }, ["client_id", "redirect_uris", "client_uri"]],
    [{ clientMetadata: { client_name: "" } }, ["client_name"]],
    [{ clientMetadata: { client_name: "x", client_secret: "s", redirect_uris: [], client_id: "x" } }, ["client_secret"]]
  ])("[CIM-19] [CIM-40] is refused where it could not be published: %j", (change, paths) => {
    const made = makeClientIdMetadata({ ...options, ...change })
    expect(made).toMatchObject({
      failure: { _tag: "ClientIdMetadataInvalid", problems: paths.map((path) => ({ path })) }
    })
  })

  it("is refused by the name of an option that nobody knows", () => {
    const wrong = { ...options, jwks_uri: "https://app.example.com/keys" }
    expect(makeClientIdMetadata(wrong)).toMatchObject({ failure: { _tag: "ConfigurationInvalid", key: "jwks_uri" } })
  })
})
