// Ours, from the built JavaScript.
import { memoryStore } from "../../packages/client-flow/dist/index.js"
import { authorizedFetch, createClient } from "../../packages/client-flow/dist/promise.js"
import { makeTransport } from "../../packages/safe-fetch/dist/index.js"
import type { Make } from "./contestants.ts"
import { answered, CALL, DOCUMENT, REDIRECT, RESOURCE } from "./world.ts"

export const make: Make = (world, way, storage) => {
  storage["store"] ??= memoryStore()
  const client = createClient({
    transport: makeTransport({ fetch: world.fetch }),
    resourceFetch: world.fetch,
    store: storage["store"],
    redirectUri: REDIRECT,
    clientMetadata: { client_name: "Bench" },
    userAgent: async ({ authorizationUrl }) => world.visit(authorizationUrl),
    ...(way === "document" && { clientIdMetadataUrl: DOCUMENT })
  })
  const fetch = authorizedFetch(client, RESOURCE)
  return async () => answered(await fetch(RESOURCE, CALL))
}
