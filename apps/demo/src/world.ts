import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  type ConfigurationInput,
  decodeConfiguration,
  hashPassword,
  startAuthorizationServer
} from "@postern/app-authorization-server"
import { decodeConfiguration as decodeResourceConfiguration, startResourceServer } from "@postern/app-resource-server"
import { serve } from "@postern/node"
import { makeCertificate } from "./certificate.ts"
import type { Recorder } from "./exchanges.ts"
import { freePort } from "./free-port.ts"

/** Everything that runs: one authorization server, two MCP servers, and the host of the client's metadata document. */
export interface World {
  readonly issuer: string
  /** The MCP servers: the same notes server twice, each a resource of its own. */
  readonly notes: string
  readonly archive: string
  /** The client's metadata document, on https. */
  readonly clientDocument: string
  /** The certificate that only this run trusts (PEM). */
  readonly ca: string
  /** Signs in and may not grant administrators' scopes. */
  readonly user: Person
  /** May grant them. */
  readonly administrator: Person
  /** Ends the notes server alone, so that another can take its place. */
  readonly stopNotes: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Somebody's name and password. */
export interface Person {
  readonly username: string
  readonly password: string
}

/** The redirect URIs of the demo's clients: the port is the system's choice at each login (RFC 8252 section 7.3). */
const REDIRECT_URIS = ["http://127.0.0.1/callback", "http://localhost/callback"]

const SCOPES = {
  "notes:read": { description: "Read your notes" },
  "notes:write": { description: "Add to your notes" },
  "notes:admin": { description: "Remove everybody's notes", administratorsOnly: true }
}

/** Starts everything on loopback ports, its state in a new temporary folder; `change` has the last word on the configuration. */
export const startWorld = async (
  recorder: Recorder,
  change: (configuration: ConfigurationInput) => ConfigurationInput = (configuration) => configuration
): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-demo-"))
  const [serverPort, notesPort, archivePort, documentPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort()
  ]
  const issuer = `http://127.0.0.1:${serverPort}`
  const notes = `http://127.0.0.1:${notesPort}/mcp`
  const archive = `http://127.0.0.1:${archivePort}/mcp`
  const documentHost = `https://127.0.0.1:${documentPort}`
  const certificate = await makeCertificate(new Date())
  const caFile = join(folder, "ca.pem")
  await writeFile(caFile, certificate.cert)
  const user = { username: "alice", password: crypto.randomUUID() }
  const administrator = { username: "ada", password: crypto.randomUUID() }

  const configuration: ConfigurationInput = {
    issuer,
    listen: { port: serverPort },
    store: `sqlite:${join(folder, "authorization-server.sqlite")}`,
    keys: { encryptionKey: `file:${join(folder, "encryption.key")}` },
    resources: [
      { resource: notes, name: "Notes", scopes: SCOPES },
      { resource: archive, name: "Archive", scopes: SCOPES }
    ],
    registration: { documents: { operatorOrigins: [documentHost], ca: caFile }, dynamic: {} },
    accounts: [
      { username: "alice", subject: "user-alice", name: "Alice", password: await hashPassword(user.password) },
      {
        username: "ada",
        subject: "user-ada",
        name: "Ada",
        password: await hashPassword(administrator.password),
        roles: ["administrator"]
      }
    ]
  }
  const running: Array<{ readonly close: () => Promise<void> }> = []
  const close = async () => {
    for (const part of running.toReversed()) await part.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const server = await startAuthorizationServer(Result.getOrThrow(decodeConfiguration(change(configuration))), {
      tap: recorder.tap("authorization server"),
      // That a key was made, which leaves with the folder.
      tell: () => undefined
    })
    running.push(server)
    for (const [name, resource, port] of [
      ["Notes", notes, notesPort],
      ["Archive", archive, archivePort]
    ] as const) {
      const decoded = decodeResourceConfiguration({ resource, name, listen: { port }, authorizationServer: { issuer } })
      running.push(await startResourceServer(Result.getOrThrow(decoded), { tap: recorder.tap(name.toLowerCase()) }))
    }
    running.push(await serveClientDocument(documentPort, `${documentHost}/client.json`, certificate, recorder))
  } catch (error) {
    await close()
    throw error
  }
  return {
    issuer,
    notes,
    archive,
    clientDocument: `${documentHost}/client.json`,
    ca: certificate.cert,
    user,
    administrator,
    stopNotes: async () => {
      const [notesServer] = running.splice(1, 1)
      await notesServer?.close()
    },
    close
  }
}

/** Publishes the client's metadata document over https. */
const serveClientDocument = async (
  port: number,
  url: string,
  tls: { readonly cert: string; readonly key: string },
  recorder: Recorder
): Promise<{ readonly close: () => Promise<void> }> => {
  const document = {
    client_id: url,
    client_name: "Demo desk",
    redirect_uris: REDIRECT_URIS,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native"
  }
  const answer = (request: Request): Promise<Response> =>
    Promise.resolve(
      new URL(request.url).pathname === "/client.json"
        ? Response.json(document, { headers: { "cache-control": "max-age=60" } })
        : new Response(null, { status: 404 })
    )
  const server = await Effect.runPromise(
    serve({ fetch: recorder.tap("client's host")(answer), hostname: "127.0.0.1", port, tls })
  )
  return { close: () => Effect.runPromise(server.close()) }
}
