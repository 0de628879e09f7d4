#!/usr/bin/env node
import { createInterface } from "node:readline/promises"
import { parseArgs } from "node:util"
import * as Result from "effect/Result"
import { readConfigurationFile, refuse, runServer, StartFailed } from "@postern/app-program"
import { configurationSchema, decodeConfiguration } from "./configuration.ts"
import { makeEncryptionKey } from "./encryption-keys.ts"
import { eventLine } from "./event-line.ts"
import { hashPassword } from "./passwords.ts"
import { type KeyRing, startAuthorizationServer, withKeyRing } from "./start.ts"

const PROGRAM = "postern-as"

const USAGE = `postern-as --config FILE                      start the authorization server
postern-as rotate-keys --config FILE          let another key sign, an hour after it was published
postern-as withdraw-key KID --config FILE     take a key out at once: its tokens are refused from then on
postern-as encryption-key                     print a new key for \`keys.encryptionKey\`
postern-as schema                             print the JSON Schema of the configuration file
postern-as hash-password                      read a password from standard input, print its hash for the configuration file`

const start = async (path: string): Promise<void> => {
  const configuration = await readConfigurationFile(PROGRAM, path, decodeConfiguration)
  await runServer(PROGRAM, async () => {
    const server = await startAuthorizationServer(configuration, {
      onEvent: (event) => console.error(eventLine(event, new Date()))
    })
    return { ...server, name: server.issuer }
  })
}

/** Changes the keys in the store; a server that runs notices within a minute. */
const changeKeys = async <A>(
  path: string,
  change: (ring: KeyRing) => Promise<Result.Result<A, { readonly message: string }>>
): Promise<A> => {
  const configuration = await readConfigurationFile(PROGRAM, path, decodeConfiguration)
  const changed = await withKeyRing(configuration, change).catch((error: unknown) => {
    if (error instanceof StartFailed) return refuse(`${PROGRAM}: ${error.message}`)
    throw error
  })
  return Result.isFailure(changed) ? refuse(`${PROGRAM}: ${changed.failure.message}`) : changed.success
}

const rotateKeys = async (path: string): Promise<void> => {
  const { kid, signsFrom } = await changeKeys(path, (ring) => ring.rotate())
  console.log(`${PROGRAM}: the key ${kid} signs from ${new Date(signsFrom * 1000).toISOString()} on`)
}

const withdrawKey = async (path: string, kid: string): Promise<void> => {
  const outcome = await changeKeys(path, (ring) => ring.withdraw(kid))
  if (outcome === "Unknown") refuse(`${PROGRAM}: no such key is in the store; \`jwks_uri\` has their names (kid)`)
  console.log(`${PROGRAM}: the key ${kid} was withdrawn; a server that runs notices within a minute`)
}

const readPassword = async (): Promise<string> => {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== "") return line
    break
  }
  return refuse(`${PROGRAM}: no password on standard input`)
}

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { config: { type: "string" }, help: { type: "boolean", short: "h" } }
    })
  } catch (error) {
    return refuse(`${PROGRAM}: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

const { positionals, values } = readArguments()
const [command, ...rest] = positionals
if (values.help) console.log(USAGE)
else if (command === "withdraw-key" && rest.length === 1 && values.config !== undefined) {
  await withdrawKey(values.config, rest[0] ?? "")
} else if (rest.length > 0) refuse(USAGE)
else if (command === "rotate-keys" && values.config !== undefined) {
  await rotateKeys(values.config)
} else if (command === "encryption-key") console.log(makeEncryptionKey())
else if (command === "schema") console.log(JSON.stringify(configurationSchema(), null, 2))
else if (command === "hash-password") console.log(await hashPassword(await readPassword()))
else if (command === undefined && values.config !== undefined) await start(values.config)
else refuse(USAGE)
