import { type Parameters, parseBasicCredentials } from "@postern/messages"
import * as Result from "effect/Result"
import type { Character, TestClient } from "./personality.ts"

const redirectUris = ["http://127.0.0.1:3999/callback"] as const

/** The public client that there is where none is given, at providers that have such clients. */
export const TEST_CLIENT = { clientId: "test-client", redirectUris } as const satisfies TestClient

/** The client with a secret that there is where none is given. */
export const TEST_CLIENT_WITH_SECRET = {
  clientId: "test-client-with-secret",
  clientSecret: "test-secret",
  redirectUris
} as const satisfies TestClient

/** The clients of the tests, where none is given. */
export const defaultClients = ({ hasPublicClients = true }: Character): ReadonlyArray<TestClient> =>
  hasPublicClients ? [TEST_CLIENT, TEST_CLIENT_WITH_SECRET] : [TEST_CLIENT_WITH_SECRET]

/** Who asks the token endpoint, by exactly one way of authentication (OAuth 2.1 section 2.4); `undefined`: nobody known. */
export const authenticate = (
  clients: ReadonlyMap<string, TestClient>,
  authorization: string | null,
  parameters: Parameters
): TestClient | undefined => {
  const posted = parameters.get("client_secret")
  const basic = authorization === null ? undefined : parseBasic(authorization)
  if (authorization !== null && (basic === undefined || posted !== undefined)) return undefined
  const clientId = basic?.clientId ?? parameters.get("client_id")
  const client = clientId === undefined ? undefined : clients.get(clientId)
  return client && client.clientSecret === (basic?.clientSecret ?? posted) ? client : undefined
}

const parseBasic = (authorization: string) => {
  const [scheme = "", credentials = ""] = authorization.split(" ")
  return scheme.toLowerCase() === "basic" ? Result.getOrUndefined(parseBasicCredentials(credentials)) : undefined
}
