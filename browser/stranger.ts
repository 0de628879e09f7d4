// A client that registered itself, and what it asks for.
import { createHash, randomBytes } from "node:crypto"

/** Registers a client under any name. */
export const registerStranger = async (
  issuer: string,
  facts: { readonly name: string; readonly redirectUri: string }
): Promise<string> => {
  const response = await fetch(`${issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: facts.name,
      redirect_uris: [facts.redirectUri],
      token_endpoint_auth_method: "none",
      application_type: "native"
    })
  })
  const { client_id: clientId } = (await response.json()) as { readonly client_id?: string }
  if (clientId === undefined) throw new Error(`${facts.name} could not be registered: ${response.status}`)
  return clientId
}

/** The URL of an authorization request; `change` replaces parameters. */
export const authorizationUrl = (
  issuer: string,
  facts: { readonly clientId: string; readonly redirectUri: string; readonly resource: string },
  change: Readonly<Record<string, string>> = {}
): string =>
  `${issuer}/authorize?${new URLSearchParams({
    response_type: "code",
    client_id: facts.clientId,
    redirect_uri: facts.redirectUri,
    resource: facts.resource,
    scope: "notes:read",
    state: randomBytes(16).toString("base64url"),
    code_challenge: createHash("sha256").update(randomBytes(32)).digest("base64url"),
    code_challenge_method: "S256",
    ...change
  }).toString()}`
