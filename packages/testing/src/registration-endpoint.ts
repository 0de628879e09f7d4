import { json } from "./answers.ts"
import type { Character } from "./personality.ts"
import { newSecret, type State } from "./state.ts"

/** Registers whoever may be registered, with a secret where one is asked for (RFC 7591 section 3). */
export const registrationEndpoint = async (character: Character, state: State, request: Request): Promise<Response> => {
  const description: unknown = await request.json().catch(() => undefined)
  const refuse = (error: string) => json(400, { error })
  if (typeof description !== "object" || description === null) return refuse("invalid_client_metadata")
  const wanted: Readonly<Record<string, unknown>> = { ...description }
  const uris = wanted["redirect_uris"]
  if (!Array.isArray(uris) || uris.length === 0 || !uris.every((uri): uri is string => typeof uri === "string")) {
    return refuse("invalid_redirect_uri")
  }
  const refusal = character.refusesRegistration?.(wanted)
  if (refusal) return refusal
  const clientId = newSecret("client")
  const method = wanted["token_endpoint_auth_method"] ?? "client_secret_basic"
  const clientSecret = method === "none" && character.alwaysGivesSecret !== true ? undefined : newSecret("secret")
  state.clients.set(clientId, { clientId, clientSecret, redirectUris: uris })
  return json(201, {
    ...wanted,
    client_id: clientId,
    client_secret: clientSecret,
    token_endpoint_auth_method: method
  })
}
