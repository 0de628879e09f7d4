#!/usr/bin/env node
import { ConfigurationInvalid } from "@postern/client-flow"
import { type Command, type Options, readArguments, wantsJson } from "./arguments.ts"
import { EXIT } from "./exit-codes.ts"
import { formatJson, formatOutcome } from "./output.ts"
import { formatReport, type Report, reportOf } from "./report.ts"
import { run } from "./run.ts"
import { checkTraceFile, messageOf } from "./trace/trace-file.ts"
import { makeTrace } from "./trace/trace.ts"
import { PROGRAM, USAGE } from "./usage.ts"
import { UsageInvalid } from "./usage-invalid.ts"
import { VERSION } from "./version.ts"

const args = process.argv.slice(2)
const json = wantsJson(args)

const isMisuse = (error: unknown): error is UsageInvalid | ConfigurationInvalid =>
  error instanceof UsageInvalid || error instanceof ConfigurationInvalid

/** Says on standard error what went wrong, for a script on standard output as well. */
const fail = (error: unknown): void => {
  const report: Report = isMisuse(error)
    ? { exit: EXIT.usage, error: error.name, message: error.message }
    : reportOf(error)
  console.error(isMisuse(error) ? `${PROGRAM}: ${error.message}\n\n${USAGE}` : formatReport(report))
  if (json) console.log(formatJson(report, process.stdout.isTTY))
  process.exitCode = report.exit
}

const perform = async (command: Command, options: Options): Promise<void> => {
  const trace = options.trace === undefined ? undefined : makeTrace({ name: PROGRAM, version: VERSION })
  if (options.trace !== undefined) await checkTraceFile(options.trace)
  // Whatever becomes of the trace, the outcome is the command's.
  const write = async () => {
    if (options.trace === undefined) return
    await trace?.write(options.trace).catch((error: unknown) => {
      console.error(`${PROGRAM}: the trace ${options.trace} could not be written: ${messageOf(error)}`)
    })
  }
  const stop = (exit: number) => () => {
    console.error(`\n${PROGRAM}: stopped`)
    void write().finally(() => process.exit(exit))
  }
  process.once("SIGINT", stop(EXIT.interrupted))
  process.once("SIGTERM", stop(EXIT.terminated))
  try {
    const { exit, ...outcome } = await run(command, options, trace)
    console.log(formatOutcome(outcome, { json, terminal: process.stdout.isTTY }))
    process.exitCode = exit
  } catch (error) {
    fail(error)
  } finally {
    await write()
  }
}

try {
  const asked = readArguments(args, process.env)
  if (asked === "help") console.log(USAGE)
  else if (asked === "version") console.log(`${PROGRAM} ${VERSION}`)
  else await perform(asked.command, asked.options)
} catch (error) {
  fail(error)
}
