#!/usr/bin/env node
import { refuse } from "@postern/app-program"
import { ConfigurationInvalid } from "@postern/client-flow"
import { type Command, type Options, readArguments } from "./arguments.ts"
import { EXIT } from "./exit-codes.ts"
import { formatOutcome } from "./output.ts"
import { formatReport, reportOf } from "./report.ts"
import { run } from "./run.ts"
import { makeTrace } from "./trace/trace.ts"
import { PROGRAM, USAGE } from "./usage.ts"
import { UsageInvalid } from "./usage-invalid.ts"
import { VERSION } from "./version.ts"

const misused = (message: string): never => refuse(`${PROGRAM}: ${message}\n\n${USAGE}`)

const read = () => {
  try {
    return readArguments(process.argv.slice(2), process.env)
  } catch (error) {
    if (error instanceof UsageInvalid) return misused(error.message)
    throw error
  }
}

const perform = async (command: Command, options: Options): Promise<void> => {
  const trace = options.trace === undefined ? undefined : makeTrace({ name: PROGRAM, version: VERSION })
  const write = async () => {
    if (options.trace !== undefined) await trace?.write(options.trace)
  }
  const stop = (exit: number) => () => {
    console.error(`\n${PROGRAM}: stopped`)
    void write().finally(() => process.exit(exit))
  }
  process.once("SIGINT", stop(EXIT.interrupted))
  process.once("SIGTERM", stop(EXIT.terminated))
  try {
    const { exit, ...outcome } = await run(command, options, trace)
    console.log(formatOutcome(outcome, { json: options.json, terminal: process.stdout.isTTY }))
    process.exitCode = exit
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return misused(error.message)
    const report = reportOf(error)
    console.error(formatReport(report))
    if (options.json) console.log(JSON.stringify(report, undefined, 2))
    process.exitCode = report.exit
  } finally {
    await write()
  }
}

const asked = read()
if (asked === "help") console.log(USAGE)
else if (asked === "version") console.log(`${PROGRAM} ${VERSION}`)
else await perform(asked.command, asked.options)
