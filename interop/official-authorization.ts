// The `authorization` leg of the official suite against the authorization server: for a public client of the app as it is, and for
// a confidential client of an instance that offers no `none`, since the suite picks `none` wherever the metadata lists it.
import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Result from "effect/Result"
import { decodeConfiguration } from "../apps/authorization-server/src/index.ts"
import { freePort } from "../apps/demo/src/index.ts"
import { runProgram } from "./program.ts"
import { type Judge, type Line, skipped, type Verdict } from "./verdict.ts"
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
  const stage = await startStage((configuration) => {
    const wanted = {
      ...configuration,
      tokenEndpointAuthMethods: [method],
      clients: [
        {
          clientId: client.clientId,
          name: "Judge",
          redirectUris: [`http://127.0.0.1:${port}/callback`],
          tokenEndpointAuthMethod: method,
          secretHash: createHash("sha256").update(client.clientSecret).digest("base64url")
        }
      ]
    }
    return Result.isSuccess(decodeConfiguration(wanted)) ? wanted : configuration
  })
  const name = `authorization leg, a confidential client by ${method}`
  try {
    const metadata = await fetch(`${stage.world.issuer}/.well-known/oauth-authorization-server`)
    const { token_endpoint_auth_methods_supported: methods } = (await metadata.json()) as {
      readonly token_endpoint_auth_methods_supported: ReadonlyArray<string>
    }
    if (methods.includes("none")) return { judge: name, lines: [skipped(WAITING)] }
    return { judge: name, lines: await judge(stage, client, port) }
  } finally {
    await stage.close()
  }
}

const WAITING = "an instance without none"

export const officialAuthorization: Judge = {
  package: "@modelcontextprotocol/conformance",
  skips: { [WAITING]: "waiting: the configuration cannot say yet which methods the token endpoint takes" },
  run: async () => [
    ...(await publicClients()),
    await confidentialClient("client_secret_basic"),
    await confidentialClient("client_secret_post")
  ]
}
