// The `authorization` leg of the official suite against the authorization server: for a public client of the app as it is, and for
// a confidential client of an instance that offers no `none`, since the suite picks `none` wherever the metadata lists it.
import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort } from "../apps/demo/src/index.ts"
import { runProgram } from "./program.ts"
import type { Judge, Line, Verdict } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

const SUITE = join(import.meta.dirname, "node_modules/@modelcontextprotocol/conformance/dist/index.js")

interface Client {
  readonly clientId: string
  readonly clientSecret?: string
}

interface Check {
  readonly id: string
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO"
  readonly errorMessage?: string
}

// A warning is a thing that the specification says should be.
const OUTCOMES = {
  SUCCESS: "passed",
  INFO: "passed",
  FAILURE: "failed",
  WARNING: "failed",
  SKIPPED: "skipped"
} as const

const judge = async ({ person, world }: Stage, client: Client, port: number): Promise<ReadonlyArray<Line>> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-interop-"))
  try {
    const settings = join(folder, "settings.json")
    await writeFile(settings, JSON.stringify({ url: world.issuer, resource: world.notes, port, ...client }))
    const results = join(folder, "results")
    await runProgram([SUITE, "authorization", "--file", settings, "--port", String(port), "-o", results], {
      onLine: (line) => {
        if (line.startsWith(`${world.issuer}/authorize?`)) {
          person.open(line).catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
        }
      }
    })
    const lines: Array<Line> = []
    for (const run of (await readdir(results)).toSorted()) {
      const checks: ReadonlyArray<Check> = JSON.parse(await readFile(join(results, run, "checks.json"), "utf8"))
      lines.push(
        ...checks.map(({ errorMessage, id, status }) => ({
          name: id,
          outcome: OUTCOMES[status],
          said: errorMessage ?? status
        }))
      )
    }
    return lines
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A client that registers itself, as nobody else is known to the app as it is. */
const register = async (stage: Stage, port: number): Promise<Client> => {
  const response = await fetch(`${stage.world.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ redirect_uris: [`http://127.0.0.1:${port}/callback`], token_endpoint_auth_method: "none" })
  })
  const { client_id: clientId } = (await response.json()) as { readonly client_id: string }
  return { clientId }
}

const publicClients = async (): Promise<ReadonlyArray<Verdict>> => {
  const stage = await startStage()
  try {
    const port = await freePort()
    const registered = await judge(stage, await register(stage, port), port)
    const published = await judge(stage, { clientId: stage.world.clientDocument }, port)
    return [
      { judge: "authorization leg, a public client that registered itself", lines: registered },
      { judge: "authorization leg, a public client with a metadata document", lines: published }
    ]
  } finally {
    await stage.close()
  }
}

const confidentialClient = async (method: "client_secret_basic" | "client_secret_post"): Promise<Verdict> => {
  const port = await freePort()
  const client = { clientId: "judge", clientSecret: `${method}: a secret + 100% of this run` }
  const stage = await startStage((configuration) => ({
    ...configuration,
    // The suite wants metadata documents read, whose clients have keys where they cannot be public.
    tokenEndpointAuthMethods: [method, "private_key_jwt"],
    clients: [
      {
        clientId: client.clientId,
        name: "Judge",
        redirectUris: [`http://127.0.0.1:${port}/callback`],
        tokenEndpointAuthMethod: method,
        secretHash: createHash("sha256").update(client.clientSecret).digest("base64url")
      }
    ]
  }))
  try {
    return {
      judge: `authorization leg, a confidential client by ${method}`,
      lines: await judge(stage, client, port)
    }
  } finally {
    await stage.close()
  }
}

export const officialAuthorization: Judge = {
  package: "@modelcontextprotocol/conformance",
  skips: {},
  run: async () => [
    ...(await publicClients()),
    await confidentialClient("client_secret_basic"),
    await confidentialClient("client_secret_post")
  ]
}
