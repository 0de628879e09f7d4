import type { Client, ClientKeySet } from "@postern/as-core"
import { type Fields, integer, object, objects, oneOf, optionalBoolean, optionalText, text, texts } from "./fields.ts"

const readKeys = (fields: Fields): ClientKeySet => ({
  keys: objects(fields, "keys").map((key) =>
    Object.fromEntries(Object.keys(key).map((name) => [name, text(key, name)] as const))
  )
})

/** A client from the JSON in which it is stored. */
export const readClient = (fields: Fields): Client => ({
  clientId: text(fields, "clientId"),
  origin: oneOf(fields, "origin", ["configured", "registered", "document"]),
  name: text(fields, "name"),
  redirectUris: texts(fields, "redirectUris"),
  tokenEndpointAuthMethod: oneOf(fields, "tokenEndpointAuthMethod", [
    "none",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt"
  ]),
  secretHash: optionalText(fields, "secretHash"),
  jwks: fields["jwks"] === undefined ? undefined : readKeys(object(fields, "jwks")),
  jwksUri: optionalText(fields, "jwksUri"),
  tokenEndpointAuthSigningAlg: optionalText(fields, "tokenEndpointAuthSigningAlg"),
  grantTypes: texts(fields, "grantTypes").map((grantType) =>
    oneOf({ grantType }, "grantType", ["authorization_code", "refresh_token", "client_credentials"])
  ),
  dpopBoundAccessTokens: optionalBoolean(fields, "dpopBoundAccessTokens"),
  applicationType: oneOf(fields, "applicationType", ["native", "web"]),
  clientUri: optionalText(fields, "clientUri"),
  logoUri: optionalText(fields, "logoUri"),
  policyUri: optionalText(fields, "policyUri"),
  tosUri: optionalText(fields, "tosUri"),
  scope: fields["scope"] === undefined ? undefined : texts(fields, "scope"),
  createdAt: integer(fields, "createdAt")
})
