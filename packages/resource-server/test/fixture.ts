import { encodeBase64Url } from "@postern/bytes"
import type { TrustedIssuer } from "@postern/jwt-verify"
import type { Access, ClosedGuardOptions, PublicAccess } from "@postern/resource-server"
import { type ClosedPromiseGuardOptions, createGuard, type PromiseGuardOptions } from "@postern/resource-server/promise"

export const I = "https://as.example.com"
export const R = "https://mcp.example.com/mcp"
export const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"

/** Seconds since 1970, by the real clock. */
export const now = Math.floor(Date.now() / 1000)

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
export const keyPair = await crypto.subtle.generateKey(ES256, true, ["sign", "verify"])
export const jwk = {
  ...(await crypto.subtle.exportKey("jwk", keyPair.publicKey)),
  kid: "k1",
  alg: "ES256",
  key_ops: ["verify"]
}

/** The authorization server, its keys by value. */
export const server: TrustedIssuer = { issuer: I, jwks: { keys: [jwk] } }

const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text))
const encode = (value: unknown) => encodeBase64Url(utf8(JSON.stringify(value)))

/** A token that is valid but for what is given. */
export const token = async (changes: object = {}, headerChanges: object = {}): Promise<string> => {
  const claims = {
    iss: I,
    sub: "u1",
    aud: R,
    client_id: "c1",
    iat: now,
    exp: now + 300,
    jti: "j1",
    scope: "files:read"
  }
  const head = encode({ alg: "ES256", typ: "at+jwt", kid: "k1", ...headerChanges })
  const input = `${head}.${encode({ ...claims, ...changes })}`
  const signature = await crypto.subtle.sign(ES256, keyPair.privateKey, utf8(input))
  return `${input}.${encodeBase64Url(new Uint8Array(signature))}`
}

export const VT = await token()

export const options: ClosedGuardOptions = {
  resource: R,
  authorizationServers: [server],
  operations: {
    default: ["files:read"],
    methods: { "logging/setLevel": ["admin"] },
    tools: { read: [], write: ["files:write"], purge: ["admin"], three: ["a", "b", "c"] },
    prompts: { greet: [] },
    resources: { "file:///*": [], "file:///secret": ["admin"] }
  },
  scopesSupported: ["files:read", "files:write", "admin"],
  hierarchy: { admin: ["files:write"], "files:write": ["files:read"] }
}

/** What reached the handler. */
export interface Passed {
  readonly access: Access | PublicAccess
  readonly request: Request
  readonly body: string
}

/** A guard, perhaps with public operations, before a handler that writes down what reaches it and answers. */
export const opened = (
  changes: Partial<PromiseGuardOptions> = {},
  answer: () => Response = () => Response.json({ ok: true })
) => {
  const guard = createGuard({ ...options, ...changes })
  const passed: Array<Passed> = []
  const handle = (request: Request) =>
    guard.handle(request, async (request, access) => {
      passed.push({ access, request, body: await request.text() })
      return answer()
    })
  return { guard, handle, passed }
}

/** A guard that lets nobody in without a token, before a handler that writes down what reaches it and answers 200. */
export const guarded = (changes: Partial<ClosedPromiseGuardOptions> = {}) => {
  const guard = createGuard({ ...options, ...changes })
  const passed: Array<Access & { readonly body: string; readonly request: Request }> = []
  const handle = (request: Request) =>
    guard.handle(request, async (request, access) => {
      passed.push({ ...access, request, body: await request.text() })
      return Response.json({ ok: true })
    })
  return { guard, handle, passed }
}

export const call = (method: string, params?: object) => ({ jsonrpc: "2.0", id: 1, method, params })
export const tool = (name: string) => call("tools/call", { name, arguments: {} })

/** A POST of a message, with a token if one is given. */
export const post = (message: unknown, bearer?: string, headers: Record<string, string> = {}, url = R): Request =>
  new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...headers
    },
    body: typeof message === "string" ? message : JSON.stringify(message)
  })

export const challengeOf = (response: Response): string | null => response.headers.get("www-authenticate")

/** What a 401 without an error code says. */
export const CHALLENGE = `Bearer scope="files:read", resource_metadata="${METADATA}"`

/** What a 401 with one says. */
export const invalidToken = (description: string): string =>
  `Bearer error="invalid_token", error_description="${description}", scope="files:read", resource_metadata="${METADATA}"`

/** What a 403 says. */
export const insufficientScope = (scope: string): string =>
  `Bearer error="insufficient_scope", error_description="The access token lacks scopes that the operation needs", scope="${scope}", resource_metadata="${METADATA}"`
