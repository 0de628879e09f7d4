#!/usr/bin/env node
import { parseArgs } from "node:util"
import { readConfigurationFile, refuse, runServer } from "@postern/app-program"
import { decodeConfiguration } from "./configuration.ts"
import { startResourceServer } from "./start.ts"

const PROGRAM = "postern-rs"
const USAGE = "postern-rs --config FILE    start the MCP server with its guard"

const readArguments = () => {
  try {
    return parseArgs({ options: { config: { type: "string" }, help: { type: "boolean", short: "h" } } })
  } catch (error) {
    return refuse(`${PROGRAM}: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

const { values } = readArguments()
if (values.help) console.log(USAGE)
else if (values.config === undefined) refuse(USAGE)
else {
  const configuration = await readConfigurationFile(PROGRAM, values.config, decodeConfiguration)
  await runServer(PROGRAM, async () => {
    const server = await startResourceServer(configuration)
    return { ...server, name: server.resource }
  })
}
