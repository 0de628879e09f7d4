// oauth4webapi: clients that act for themselves (OAuth 2.1 section 4.2), and resource servers that introspect (RFC 7662).
import * as oauth from "oauth4webapi"
import { clientKey, issued, MACHINES, refusal, SCOPE, MACHINE_SECRET, SERVERS } from "./foreign.ts"
import { line, type Line } from "./verdict.ts"
import type { Stage } from "./world.ts"

const INSECURE = { [oauth.allowInsecureRequests]: true }

const AUTHENTICATIONS = {
  client_secret_basic: async () => oauth.ClientSecretBasic(MACHINE_SECRET),
  private_key_jwt: async () => oauth.PrivateKeyJwt({ key: await clientKey(), kid: "k1" })
} as const

type Method = keyof typeof MACHINES

const askForItself = async (
  server: oauth.AuthorizationServer,
  method: Method,
  parameters: Record<string, string>
): Promise<oauth.TokenEndpointResponse> => {
  const client = { client_id: MACHINES[method] }
  const authentication = await AUTHENTICATIONS[method]()
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, INSECURE)
  return oauth.processClientCredentialsResponse(server, client, response)
}

/** What a resource server is told of a token, by its name at the authorization server. */
const introspect = async (
  server: oauth.AuthorizationServer,
  clientId: string,
  token: string
): Promise<oauth.IntrospectionResponse> => {
  const client = { client_id: clientId }
  const response = await oauth.introspectionRequest(
    server,
    client,
    oauth.ClientSecretBasic(MACHINE_SECRET),
    token,
    INSECURE
  )
  return oauth.processIntrospectionResponse(server, client, response)
}

const revoke = async (server: oauth.AuthorizationServer, token: string): Promise<void> => {
  const client = { client_id: MACHINES.client_secret_basic }
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, oauth.ClientSecretBasic(MACHINE_SECRET), token, INSECURE)
  )
}

/** The lines of all that concerns no person. */
export const playMachine = async (
  { world }: Stage,
  server: oauth.AuthorizationServer
): Promise<ReadonlyArray<Line>> => {
  const [notesServer, archiveServer] = SERVERS
  const resource = world.notes
  const byKey = await askForItself(server, "private_key_jwt", { resource, scope: "notes:read" })
  const tokens = await askForItself(server, "client_secret_basic", { resource })
  const token = tokens.access_token
  const claims = await oauth.validateJwtAccessToken(
    server,
    new Request(resource, { headers: { authorization: `Bearer ${token}` } }),
    resource,
    INSECURE
  )
  const said = await introspect(server, notesServer, token)
  const elsewhere = await introspect(server, archiveServer, token)
  const machine = MACHINES.client_secret_basic
  const lines = [
    line("a token for itself", `bearer ${SCOPE} alone`, issued(tokens)),
    line("by its key, for less", "bearer notes:read alone", issued(byKey)),
    line("an access token that the library checks", `${machine} ${machine}`, `${claims.sub} ${claims.client_id}`),
    line(
      "what its resource server is told",
      JSON.stringify([true, SCOPE, machine, machine, resource, world.issuer, claims.jti, claims.exp, "Bearer"]),
      JSON.stringify([
        ...[said.active, said.scope, said.client_id, said.sub, said.aud],
        ...[said.iss, said.jti, said.exp, said.token_type]
      ])
    ),
    line("what another one is told", '{"active":false}', JSON.stringify(elsewhere)),
    line("what a client is told that may not ask", "401 basic", await refusal(introspect(server, machine, token))),
    line(
      "more than it is registered for",
      "400 invalid_scope",
      await refusal(askForItself(server, "client_secret_basic", { resource, scope: "notes:admin" }))
    )
  ]
  await revoke(server, token)
  return [
    ...lines,
    line("a token that it gave back", '{"active":false}', JSON.stringify(await introspect(server, notesServer, token)))
  ]
}
