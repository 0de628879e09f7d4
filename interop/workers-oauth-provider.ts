// @cloudflare/workers-oauth-provider in workerd, with its own MCP servers, is what our client logs in at.
import { readFileSync } from "node:fs"
import { Miniflare, type Request as WorkerRequest, Response as WorkerResponse } from "miniflare"
import { quietly } from "./quietly.ts"
import { type Foreign, type Known, ourClientAt, reasonsOf, serveDocument } from "./our-client.ts"
import type { Judge } from "./verdict.ts"

const PACKAGE = "@cloudflare/workers-oauth-provider"
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8")

const startWorkerd = (): Miniflare =>
  new Miniflare({
    modules: [
      { type: "ESModule", path: "worker.js", contents: read("workers-oauth-provider-worker.js") },
      { type: "ESModule", path: PACKAGE, contents: read(`node_modules/${PACKAGE}/dist/oauth-provider.js`) }
    ],
    compatibilityDate: "2026-01-01",
    // Without it the package fetches no metadata documents.
    compatibilityFlags: ["global_fetch_strictly_public"],
    kvNamespaces: ["OAUTH_KV"],
    outboundService: async ({ headers, method, url }: WorkerRequest) => {
      const answer = await serveDocument(new Request(url, { method, headers: [...headers] }))
      return new WorkerResponse(await answer.text(), { status: answer.status, headers: [...answer.headers] })
    },
    cf: false
  })

const makeForeign = (workerd: Miniflare): Foreign => {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const answer = await workerd.dispatchFetch(request.url, {
      method: request.method,
      headers: [...request.headers],
      redirect: "manual",
      ...(request.body === null ? {} : { body: await request.text() })
    })
    const text = await answer.text()
    return new Response(text === "" ? null : text, { status: answer.status, headers: [...answer.headers] })
  }
  return {
    fetch,
    visit: async (authorizationUrl) => {
      const answer = await fetch(authorizationUrl)
      return answer.headers.get("location") ?? `the browser stopped at ${answer.status}: ${await answer.text()}`
    },
    subject: "alice",
    // It knows Bearer tokens alone.
    binds: false
  }
}

const KNOWN: Known = {}

export const workersOauthProvider: Judge = {
  package: PACKAGE,
  skips: reasonsOf(KNOWN),
  run: async () => {
    const workerd = startWorkerd()
    try {
      // It prints what it refuses.
      return await quietly(() => ourClientAt(makeForeign(workerd), KNOWN))
    } finally {
      await workerd.dispose()
    }
  }
}
