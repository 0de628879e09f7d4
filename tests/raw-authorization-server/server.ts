import { createHash } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Result from "effect/Result"
import { decodeConfiguration, hashPassword, startAuthorizationServer } from "@postern/app-authorization-server"
import { freePort } from "@postern/app-demo"
import type { ServerEvent } from "@postern/as-core"

export const NOTES = "https://notes.example.org/mcp"
export const MAIL = "https://mail.example.org/mcp"
export const FILES = "https://files.example.org/mcp"
export const SECRET = "web-secret-web-secret-web-secret-web-secret-0"
export const INITIAL = "initial-access-token-of-the-operator-00000001"
export const PASSWORD = "correct horse battery staple"
export const APP_BACK = "http://127.0.0.1/back"
export const WEB_BACK = "https://web.example.org/back"

const hashOf = (text: string) => createHash("sha256").update(text).digest("base64url")
const password = await hashPassword(PASSWORD)

/** A configuration with everything on. */
const configurationOf = (folder: string, port: number, changes: object = {}) => ({
  issuer: `http://127.0.0.1:${port}`,
  listen: { port },
  store: `sqlite:${join(folder, "as.sqlite")}`,
  durability: "process",
  keys: { encryptionKey: `file:${join(folder, "keys", "encryption.key")}` },
  resources: [
    {
      resource: NOTES,
      scopes: {
        "notes:read": { description: "Read notes" },
        "notes:write": { description: "Write notes" },
        "notes:purge": { description: "Purge notes", administratorsOnly: true }
      },
      defaultScope: ["notes:read"]
    },
    {
      resource: MAIL,
      scopes: { "mail:read": { description: "Read mail" }, "notes:purge": { description: "Forget notes in mail" } }
    },
    { resource: FILES, scopes: { "files:read": { description: "Read files" } } }
  ],
  clients: [
    { clientId: "app", name: "App", redirectUris: [APP_BACK], tokenEndpointAuthMethod: "none" },
    { clientId: "other", name: "Other", redirectUris: [APP_BACK], tokenEndpointAuthMethod: "none" },
    {
      clientId: "web",
      name: "Web",
      redirectUris: [WEB_BACK, `${WEB_BACK}2`],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: hashOf(SECRET)
    },
    {
      clientId: "machine",
      name: "Machine",
      redirectUris: [],
      tokenEndpointAuthMethod: "client_secret_post",
      secretHash: hashOf(SECRET),
      grantTypes: ["client_credentials"],
      scope: ["notes:read", "notes:purge", "mail:read", "files:read"]
    },
    {
      clientId: "notes-server",
      name: "Notes",
      redirectUris: [],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: hashOf(SECRET),
      grantTypes: ["client_credentials"],
      scope: ["notes:read"]
    }
  ],
  registration: {
    documents: {},
    dynamic: { initialAccessTokens: [{ hash: hashOf(INITIAL) }] },
    privateUseSchemes: ["cursor"]
  },
  introspection: [{ clientId: "notes-server", resources: [NOTES] }],
  audienceGroups: [{ name: "office", resources: [NOTES, MAIL] }],
  dpop: { nonceKey: `file:${join(folder, "keys", "nonce.key")}` },
  accounts: [
    { username: "ada", subject: "u-ada", name: "Ada", password, roles: ["administrator"] },
    { username: "bob", subject: "u-bob", name: "Bob", password },
    { username: "eve", subject: "u-eve", name: "Eve", password }
  ],
  rates: { tokens: 100_000, authorizations: 100_000, revocations: 100_000 },
  ...changes
})

export interface Running {
  readonly port: number
  readonly folder: string
  /** What its operator was told. */
  readonly events: ReadonlyArray<ServerEvent>
  /** Another server of the same configuration over the same file; its port. */
  readonly beside: () => Promise<number>
  readonly close: () => Promise<void>
}

/** The authorization server on loopback, with its store in a file. */
export const startRunning = async (changes: object = {}): Promise<Running> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-raw-"))
  const port = await freePort()
  const events: Array<ServerEvent> = []
  const closing: Array<() => Promise<void>> = []
  const start = async (at: number): Promise<number> => {
    const configuration = { ...configurationOf(folder, port, changes), listen: { port: at } }
    const server = await startAuthorizationServer(Result.getOrThrow(decodeConfiguration(configuration)), {
      onEvent: (event) => events.push(event),
      tell: () => undefined
    })
    closing.push(server.close)
    return at
  }
  await start(port)
  const close = async () => {
    for (const one of closing) await one()
    await rm(folder, { recursive: true, force: true })
  }
  return { port, folder, events, beside: async () => start(await freePort()), close }
}
