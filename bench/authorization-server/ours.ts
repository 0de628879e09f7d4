// The app as it is, with its state in memory, in SQLite in a file with one of the two durabilities, or in PostgreSQL.
import { createHash } from "node:crypto"
import { join } from "node:path"
import * as Result from "effect/Result"
import { decodeConfiguration, eventLine, startAuthorizationServer } from "../../apps/authorization-server/src/index.ts"
import { freePort } from "../../apps/demo/src/free-port.ts"
import { reportProcessorTime, sayListening } from "../server-process.ts"
import { CLIENT, MACHINE, PERSON, REDIRECT, RESOURCE, SCOPE, SUBJECT } from "./contest.ts"
import { fillFile } from "./many-grants.ts"

reportProcessorTime()
const { BENCH_FOLDER: folder = "", BENCH_GRANTS: grants = "0", BENCH_STORE: place = "memory" } = process.env
const port = Number(process.env["BENCH_PORT"] ?? (await freePort()))

const storeOf = () => {
  if (place === "memory") return { store: "memory:" }
  if (place !== "process" && place !== "power") return { store: place }
  const path = join(folder, `${place}-${port}.sqlite`)
  return { store: `sqlite:${path}`, durability: place, path } as const
}

const { path, ...store } = { path: undefined, ...storeOf() }
if (path !== undefined && grants !== "0") await fillFile(path, Number(grants))

const secretHash = (secret: string): string => createHash("sha256").update(secret).digest("base64url")
const configuration = decodeConfiguration({
  // Of several instances one listens where the issuer is.
  issuer: process.env["BENCH_ISSUER"] ?? `http://127.0.0.1:${port}`,
  listen: { port },
  ...store,
  keys: { encryptionKey: `file:${join(folder, "encryption.key")}` },
  // One client and one account make all of the load.
  rates: { tokens: 1_000_000, authorizations: 1_000_000 },
  resources: [{ resource: RESOURCE, scopes: { [SCOPE]: { description: "Read your notes" } } }],
  clients: [
    {
      clientId: CLIENT.id,
      name: "Bench",
      redirectUris: [REDIRECT],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: secretHash(CLIENT.secret)
    },
    {
      clientId: MACHINE.id,
      name: "Bench for itself",
      redirectUris: [],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: secretHash(MACHINE.secret),
      grantTypes: ["client_credentials"],
      scope: [SCOPE]
    }
  ],
  introspection: [{ clientId: MACHINE.id, resources: [RESOURCE] }],
  registration: { dynamic: {} },
  accounts: [{ username: PERSON.username, subject: SUBJECT, name: "Alice", password: PERSON.hash }]
})
await startAuthorizationServer(Result.getOrThrow(configuration), {
  // As the program does, but where nobody reads it.
  onEvent: (event) => console.log(eventLine(event, new Date())),
  tell: () => undefined
})
sayListening({ address: { port } })
