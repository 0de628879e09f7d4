// The `server` leg of the official suite twice: against an MCP server as it is, and against the same server behind the guard,
// through a proxy that adds a token. Every check must come out alike.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { createServer, request as forward } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { createMcpHandler } from "@modelcontextprotocol/server"
import { guardedHandler } from "../packages/mcp-sdk/src/server.ts"
import { serve, type WebHandler } from "../packages/node/src/index.ts"
import { createGuard } from "../packages/resource-server/src/promise.ts"
import { everythingServer } from "./everything-server.ts"
import { makeIssuer } from "./issuer.ts"
import { runProgram } from "./program.ts"
import type { Explained, Judge, Line } from "./verdict.ts"

const SUITE = join(import.meta.dirname, "node_modules/@modelcontextprotocol/conformance/dist/index.js")
const REVISIONS = ["2026-07-28", "2025-11-25"]

const start = (fetch: WebHandler, port: number) =>
  Effect.runPromise(serve({ fetch, hostname: "127.0.0.1", port, maximumBodyBytes: 4_194_304 }))

/** Sends every request on with a token. `Host` stays as it came, since the suite tests what a server does with it. */
const startProxy = async (
  target: string,
  token: string
): Promise<{ readonly url: string; readonly close: () => void }> => {
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const { headers, method, url: path } = incoming
    const options = { hostname, port, method, path, headers: { ...headers, authorization: `Bearer ${token}` } }
    const onward = forward(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on("error", () => outgoing.destroy())
    outgoing.on("close", () => onward.destroy())
    incoming.pipe(onward)
  })
  const proxyPort = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })
  return { url: `http://127.0.0.1:${proxyPort}`, close: () => server.close() }
}

/** Every check of a run, by scenario and id, with its status; a check that is made several times stands several times. */
const judge = async (url: string, revision: string): Promise<ReadonlyMap<string, string>> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-interop-"))
  try {
    const args = [SUITE, "server", "--url", url, "--requirements", revision, "-o", folder]
    await runProgram(args, { limitMillis: 300_000 })
    const checks = new Map<string, string>()
    for (const run of (await readdir(folder)).toSorted()) {
      const scenario = run.replace(/^server-/, "").replace(/-\d{4}-\d{2}-\d{2}T[\dZ-]+$/, "")
      const found: ReadonlyArray<{ readonly id: string; readonly status: string }> = JSON.parse(
        await readFile(join(folder, run, "checks.json"), "utf8")
      )
      found.forEach(({ id, status }, index) => checks.set(`${scenario} ${index} ${id}`, status))
    }
    return checks
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const WITHOUT_URI =
  "the suite sends no `uri`: the guard answers 400 to a message that does not say what it is about, and the server 404"

/** Checks that come out differently by intent, and why. */
const DIFFERENT: Explained = {
  "server-stateless 19 sep-2575-http-server-method-not-found-404-resources-subscribe": WITHOUT_URI,
  "server-stateless 20 sep-2575-http-server-method-not-found-404-resources-unsubscribe": WITHOUT_URI
}

const compare = (bare: ReadonlyMap<string, string>, guarded: ReadonlyMap<string, string>): ReadonlyArray<Line> => {
  if (bare.size === 0) return [{ name: "suite", outcome: "failed", said: "no check was made" }]
  return [...new Set([...bare.keys(), ...guarded.keys()])].map((name) => {
    const [without, behind] = [bare.get(name), guarded.get(name)]
    const said = `${without} without the guard, ${behind} behind it`
    const outcome = without === behind ? "passed" : DIFFERENT[name] === undefined ? "failed" : "skipped"
    return { name, outcome, said }
  })
}

export const officialServer: Judge = {
  package: "@modelcontextprotocol/conformance",
  skips: DIFFERENT,
  run: async ({ quick }) => {
    const handler = createMcpHandler(() => everythingServer())
    const bare = await start((request) => handler.fetch(request), 0)
    const { issuer, sign } = await makeIssuer()
    // The resource is what clients are given, which is the proxy's business here: any name will do.
    const resource = "http://127.0.0.1:9/mcp"
    const guard = createGuard({
      resource,
      authorizationServers: [issuer],
      operations: {
        default: ["everything"],
        // What the suite asks for to see that it is not there: a method that no rule names is refused by the guard.
        methods: { "unknown/method": [] },
        tools: { "*": [] },
        prompts: { "*": [] },
        resources: { "*": [] }
      }
    })
    const guarded = await start(guardedHandler(guard, handler), 0)
    const proxy = await startProxy(guarded.url, await sign({ aud: resource, scope: "everything" }))
    try {
      const verdicts = []
      for (const revision of quick ? REVISIONS.slice(0, 1) : REVISIONS) {
        const without = await judge(`${bare.url}/mcp`, revision)
        const behind = await judge(`${proxy.url}/mcp`, revision)
        verdicts.push({ judge: `server leg at ${revision}`, lines: compare(without, behind) })
      }
      return verdicts
    } finally {
      proxy.close()
      await Effect.runPromise(guarded.close())
      await Effect.runPromise(bare.close())
      await handler.close()
    }
  }
}
