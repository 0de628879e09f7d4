import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@postern/client-flow/promise"
import { makeFileStore, openBrowser, receiveRedirect, type RedirectReceiver } from "@postern/node"
import { toPromise } from "@postern/rejection/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Result from "effect/Result"
import { spawn } from "./servers/browser.ts"
import { fetch, RESOURCE } from "./servers/in-memory.ts"

/** A client whose logins lie in a file, and whose user logs in with their own browser. */
const startClient = (path: string) => {
  const receivers = new Map<string, RedirectReceiver>()
  const closeReceiver = async (redirectUri: string) => {
    const receiver = receivers.get(redirectUri)
    receivers.delete(redirectUri)
    if (receiver) await toPromise(receiver.close)
  }
  const client = createClient({
    transport: makeTransport({ fetch }), // yours: `makeNodeTransport()` of @postern/safe-fetch/node
    resourceFetch: fetch, // leave it out for the platform's
    store: makeFileStore({ path }),
    clientMetadata: { client_name: "Notes reader" },
    // For each login a listener of its own, on a free port of 127.0.0.1.
    redirectUri: async () => {
      const receiver = Result.getOrThrow(await toPromise(receiveRedirect()))
      receivers.set(receiver.redirectUri, receiver)
      return receiver.redirectUri
    },
    userAgent: async ({ authorizationUrl, redirectUri }, { signal }) => {
      const receiver = receivers.get(redirectUri)
      if (receiver === undefined) throw new TypeError("no listener was opened for this login")
      try {
        // Leave `spawn` out to open the user's browser. Where there is none (`BrowserUnavailable`), print the URL.
        Result.getOrThrow(await toPromise(openBrowser(authorizationUrl, { spawn }), { signal }))
        console.log("Log in with your browser.")
        return Result.getOrThrow(await toPromise(receiver.callback, { signal }))
      } finally {
        await closeReceiver(redirectUri)
      }
    }
  })
  // A login that ends before its browser was opened leaves a listener behind, which keeps a program alive for minutes.
  return { client, close: () => Promise.all([...receivers.keys()].map(closeReceiver)) }
}

const folder = await mkdtemp(join(tmpdir(), "notes-reader-")) // yours: a folder in the user's home
for (const start of ["first", "second"]) {
  const { client, close } = startClient(join(folder, "credentials.json"))
  const outcome = await client.fetch(RESOURCE, new Request(RESOURCE))
  console.log(start, Result.isSuccess(outcome) ? await outcome.success.text() : outcome.failure.message)
  await close()
}
await rm(folder, { recursive: true })
