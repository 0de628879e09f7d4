#!/usr/bin/env node
import { createInterface } from "node:readline/promises"
import { parseArgs } from "node:util"
import { readConfigurationFile, refuse, runServer } from "@postern/app-program"
import { configurationSchema, decodeConfiguration } from "./configuration.ts"
import { eventLine } from "./event-line.ts"
import { hashPassword } from "./passwords.ts"
import { startAuthorizationServer } from "./start.ts"

const PROGRAM = "postern-as"

const USAGE = `postern-as --config FILE    start the authorization server
postern-as schema           print the JSON Schema of the configuration file
postern-as hash-password    read a password from standard input, print its hash for the configuration file`

const start = async (path: string): Promise<void> => {
  const configuration = await readConfigurationFile(PROGRAM, path, decodeConfiguration)
  await runServer(PROGRAM, async () => {
    const server = await startAuthorizationServer(configuration, {
      onEvent: (event) => console.error(eventLine(event, new Date()))
    })
    return { ...server, name: server.issuer }
  })
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
else if (rest.length > 0) refuse(USAGE)
else if (command === "schema") console.log(JSON.stringify(configurationSchema(), null, 2))
else if (command === "hash-password") console.log(await hashPassword(await readPassword()))
else if (command === undefined && values.config !== undefined) await start(values.config)
else refuse(USAGE)
