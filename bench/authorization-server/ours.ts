// The app as it is, with its state in SQLite: a file, or memory.
import { createHash } from "node:crypto"
import { join } from "node:path"
import * as Result from "effect/Result"
import {
  decodeConfiguration,
  hashPassword,
  startAuthorizationServer
} from "../../apps/authorization-server/src/index.ts"
import { freePort } from "../../apps/demo/src/index.ts"
import { reportProcessorTime } from "../server-process.ts"
import { CLIENT_ID, CLIENT_SECRET, PERSON, REDIRECT, RESOURCE, SCOPE } from "./contest.ts"

reportProcessorTime()
const folder = process.env["BENCH_FOLDER"] ?? ""
const file = process.env["BENCH_STORE"] === "file"
const port = await freePort()
const configuration = decodeConfiguration({
  issuer: `http://127.0.0.1:${port}`,
  listen: { port },
  store: file ? `sqlite:${join(folder, "as.sqlite")}` : "memory:",
  keys: { encryptionKey: `file:${join(folder, `encryption-${port}.key`)}` },
  // One client and one account make all of the load.
  rates: { tokens: 1_000_000, authorizations: 1_000_000 },
  resources: [{ resource: RESOURCE, scopes: { [SCOPE]: { description: "Read your notes" } } }],
  clients: [
    {
      clientId: CLIENT_ID,
      name: "Bench",
      redirectUris: [REDIRECT],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: createHash("sha256").update(CLIENT_SECRET).digest("base64url")
    }
  ],
  accounts: [{ username: PERSON.username, subject: "1", name: "Alice", password: await hashPassword(PERSON.password) }]
})
await startAuthorizationServer(Result.getOrThrow(configuration), { tell: () => undefined })
process.send?.({ address: { port } })
