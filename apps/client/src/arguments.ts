import { homedir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { refuse } from "@postern/app-program"

/** What the program is asked to do. */
export type Command =
  | { readonly _tag: "Tools"; readonly server: string }
  | {
      readonly _tag: "Call"
      readonly server: string
      readonly tool: string
      readonly parameters: Record<string, unknown>
    }

/** The command line, checked. */
export interface Arguments {
  readonly command: Command
  /** Where credentials are kept. */
  readonly store: string
  /** Opens the browser itself; otherwise only prints the address. */
  readonly browser: boolean
  /** Prints every step of the flow to standard error. */
  readonly trace: boolean
}

export const PROGRAM = "postern-client"

const USAGE = `${PROGRAM} tools SERVER                 list the tools of an MCP server
${PROGRAM} call SERVER TOOL [JSON]      call a tool, with its arguments as JSON
  --store FILE    where logins are kept (default: ~/.config/postern/credentials.json)
  --no-browser    print the login address instead of opening a browser
  --trace         show every step of the login, without secrets`

const parse = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        store: { type: "string" },
        "no-browser": { type: "boolean" },
        trace: { type: "boolean" },
        help: { type: "boolean", short: "h" }
      }
    })
  } catch (error) {
    return refuse(`${PROGRAM}: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

/** Reads the command line; anything wrong is said and exits with 2. */
export const readArguments = (): Arguments => {
  const { positionals, values } = parse()
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  return {
    command: commandOf(positionals),
    store: values.store ?? join(homedir(), ".config", "postern", "credentials.json"),
    browser: values["no-browser"] !== true,
    trace: values.trace === true
  }
}

const commandOf = ([name, server, tool, json = "{}", ...rest]: ReadonlyArray<string>): Command => {
  if (server === undefined || rest.length > 0) return refuse(USAGE)
  if (name === "tools" && tool === undefined) return { _tag: "Tools", server }
  if (name === "call" && tool !== undefined) return { _tag: "Call", server, tool, parameters: parametersOf(json) }
  return refuse(USAGE)
}

const parametersOf = (json: string): Record<string, unknown> => {
  try {
    const parameters: unknown = JSON.parse(json)
    if (typeof parameters === "object" && parameters !== null && !Array.isArray(parameters)) return { ...parameters }
  } catch {
    // Said below, with the same words as for JSON of another shape.
  }
  return refuse(`${PROGRAM}: the arguments of the tool are not a JSON object`)
}
