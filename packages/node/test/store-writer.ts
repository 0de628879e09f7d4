// A process of its own that saves as many credentials as it is told, one after another.
import * as Effect from "effect/Effect"
import { makeFileStore } from "@postern/node"

const [, , path = "", name = "", count = "", umask = ""] = process.argv
if (umask !== "") process.umask(Number.parseInt(umask, 8))

const store = makeFileStore({ path })
const save = (index: number) =>
  store.saveCredentials({
    issuer: "https://as.example",
    resource: `https://mcp.example/${name}/${index}`,
    account: "default",
    clientId: "client",
    accessToken: `token of ${name} ${index}`,
    requestedScope: [],
    grantedScope: []
  })
await Effect.runPromise(
  Effect.forEach(
    Array.from({ length: Number(count) }, (_, index) => index),
    save
  )
)
