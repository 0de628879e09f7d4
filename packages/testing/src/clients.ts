import { type Parameters, parseBasicCredentials } from "@postern/messages"
import * as Result from "effect/Result"
import type { TestClient } from "./personality.ts"

/** The client of the tests, where none is given. */
export const DEFAULT_CLIENTS: ReadonlyArray<TestClient> = [
  { clientId: "test-client", redirectUris: ["http://127.0.0.1:3999/callback"] }
]

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
