import type { AddClientOutcome, Client, ClientKeySet } from "@postern/as-core"
import { type Fields, integer, json, object, objects, oneOf, optionalText, text, texts } from "./fields.ts"
import { type Body, statement } from "./statement.ts"

const readKeys = (fields: Fields): ClientKeySet => ({
  keys: objects(fields, "keys").map((key) =>
    Object.fromEntries(Object.keys(key).map((name) => [name, text(key, name)] as const))
  )
})

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
    oneOf({ grantType }, "grantType", ["authorization_code", "refresh_token"])
  ),
  applicationType: oneOf(fields, "applicationType", ["native", "web"]),
  clientUri: optionalText(fields, "clientUri"),
  logoUri: optionalText(fields, "logoUri"),
  policyUri: optionalText(fields, "policyUri"),
  tosUri: optionalText(fields, "tosUri"),
  scope: fields["scope"] === undefined ? undefined : texts(fields, "scope"),
  createdAt: integer(fields, "createdAt")
})

export function* addClient(client: Client, limits: { readonly maximum: number }): Body<AddClientOutcome> {
  const added = yield statement(
    `INSERT INTO clients (client_id, created_at, client)
     SELECT ?, ?, ? WHERE (SELECT COUNT(*) FROM clients) < ? RETURNING client_id`,
    client.clientId,
    client.createdAt,
    JSON.stringify(client),
    limits.maximum
  )
  return added.length === 1 ? "Added" : "Full"
}

export function* findClient(clientId: string): Body<Client | undefined> {
  const [row] = yield statement("SELECT client FROM clients WHERE client_id = ?", clientId)
  return row && readClient(object(json(row, "client"), "client"))
}
