import { createHash, randomBytes } from "node:crypto"
import * as z from "zod/mini"
import { makeUserAgent, type Visit } from "./user-agent.ts"
import type { Person, World } from "./world.ts"

/** Requests that no honest client sends, typed by hand: nothing of Postern's client is in them. */
export interface ByHand {
  readonly clientId: string
  readonly redirectUri: string
  /** Opens an authorization request; `change` replaces parameters, `undefined` leaves one out. */
  readonly authorize: (change?: Record<string, string | undefined>) => Promise<Visit>
  readonly exchange: (code: string) => Promise<Answer>
  readonly refresh: (refreshToken: string) => Promise<Answer>
  /** An MCP call with a token, or without one. */
  readonly call: (resource: string, token?: string) => Promise<Response>
}

/** What the token endpoint said. */
export interface Answer {
  readonly status: number
  readonly body: z.infer<typeof answered>
}

const registered = z.object({ client_id: z.string() })

const answered = z.object({
  access_token: z.optional(z.string()),
  refresh_token: z.optional(z.string()),
  error: z.optional(z.string())
})

/** Registers a client of its own and signs in as the person. */
export const actByHand = async (world: World, person: Person): Promise<ByHand> => {
  const redirectUri = "http://127.0.0.1:8765/callback"
  const registration = await fetch(`${world.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "By hand",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none",
      application_type: "native"
    })
  })
  const { client_id: clientId } = registered.parse(await registration.json())
  const verifier = randomBytes(32).toString("base64url")
  const browser = makeUserAgent(person)

  const token = async (parameters: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`${world.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, resource: world.notes, ...parameters })
    })
    return { status: response.status, body: answered.parse(await response.json()) }
  }

  return {
    clientId,
    redirectUri,
    authorize: (change = {}) => {
      const parameters = {
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
        resource: world.notes,
        scope: "notes:read",
        state: "by-hand",
        ...change
      }
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
      return browser.visit(`${world.issuer}/authorize?${query.toString()}`, redirectUri)
    },
    exchange: (code) =>
      token({ grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri }),
    refresh: (refreshToken) => token({ grant_type: "refresh_token", refresh_token: refreshToken }),
    call: (resource, accessToken) =>
      fetch(resource, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": "2025-11-25",
          ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` })
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })
      })
  }
}
