import { homedir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { PreRegistration, Relaxation } from "@postern/client-flow"
import { canonicalResource, parseIssuer } from "@postern/uri"
import * as Result from "effect/Result"
import { readExceptions } from "./exceptions.ts"
import { toolParameters } from "./tool-parameters.ts"
import { UsageInvalid } from "./usage-invalid.ts"

/** What the program is asked to do. */
export type Command =
  | { readonly _tag: "Connect"; readonly resource: string }
  | { readonly _tag: "Tools"; readonly resource: string }
  | {
      readonly _tag: "Call"
      readonly resource: string
      readonly tool: string
      readonly parameters: Readonly<Record<string, unknown>>
    }
  | { readonly _tag: "WhoAmI"; readonly resource: string }
  | { readonly _tag: "Logout"; readonly resource: string }
  | { readonly _tag: "Accounts" }

/** How it is to be done. */
export interface Options {
  /** Where credentials are kept. */
  readonly store: string
  readonly account: string | undefined
  /** Opens the browser itself; otherwise prints the address, and reads what is pasted. */
  readonly browser: boolean
  /** Whether a person may be asked. */
  readonly login: boolean
  /** The file for the HAR. */
  readonly trace: string | undefined
  readonly scope: ReadonlyArray<string>
  readonly registrations: ReadonlyArray<PreRegistration>
  readonly documentUrl: string | undefined
  /** Of the redirect URI that a client was registered with beforehand. */
  readonly port: number | undefined
  /** What one authorization server is allowed to do otherwise. */
  readonly relax: ReadonlyArray<Relaxation>
}

/** The command line, checked; the first thing that is wrong is thrown as {@link UsageInvalid}. */
export const readArguments = (
  args: ReadonlyArray<string>,
  environment: NodeJS.ProcessEnv
): "help" | "version" | { readonly command: Command; readonly options: Options } => {
  const { positionals, values } = parse(args)
  if (values.help) return "help"
  if (values.version) return "version"
  return { command: commandOf(positionals, values.arg), options: optionsOf(values, environment) }
}

const OPTIONS = {
  account: { type: "string" },
  json: { type: "boolean" },
  "no-browser": { type: "boolean" },
  "no-login": { type: "boolean" },
  scope: { type: "string", multiple: true },
  trace: { type: "string" },
  store: { type: "string" },
  issuer: { type: "string" },
  "client-id": { type: "string" },
  "client-secret-env": { type: "string" },
  "client-auth": { type: "string" },
  "client-document": { type: "string" },
  port: { type: "string" },
  exception: { type: "string", multiple: true },
  arg: { type: "string", multiple: true },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" }
} as const

const parse = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  } catch (error) {
    throw new UsageInvalid(error instanceof Error ? error.message : String(error))
  }
}

/** Whether the outcome is wanted as JSON; a command line that is wrong elsewhere still says so. */
export const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  return args.slice(0, end < 0 ? undefined : end).includes("--json")
}

type Values = ReturnType<typeof parse>["values"]

const optionsOf = (values: Values, environment: NodeJS.ProcessEnv): Options => {
  const issuer = issuerOf(values)
  return {
    store: values.store ?? join(homedir(), ".config", "postern", "credentials.json"),
    account: values.account,
    browser: values["no-browser"] !== true,
    login: values["no-login"] !== true,
    trace: values.trace,
    scope: (values.scope ?? []).flatMap((scopes) => scopes.split(" ").filter((scope) => scope !== "")),
    registrations: registrationsOf(values, issuer, environment),
    documentUrl: values["client-document"],
    port: values.port === undefined ? undefined : portOf(values.port),
    relax: relaxOf(values, issuer)
  }
}

const issuerOf = ({ "client-id": clientId, exception, issuer }: Values): string | undefined => {
  if (issuer === undefined) return undefined
  if (clientId === undefined && exception === undefined) {
    throw new UsageInvalid("--issuer says whose --client-id or --exception follows, and there is neither")
  }
  const parsed = parseIssuer(issuer)
  if (Result.isFailure(parsed)) throw new UsageInvalid(`--issuer ${issuer}: ${parsed.failure.message}`)
  return issuer
}

const relaxOf = ({ exception = [] }: Values, issuer: string | undefined): ReadonlyArray<Relaxation> => {
  if (exception.length === 0) return []
  if (issuer === undefined) {
    throw new UsageInvalid("--exception and --issuer go together: an exception is for one authorization server")
  }
  return readExceptions(exception, issuer)
}

/** A client id, and a secret above all, is used at the one issuer that is named beside it, whatever an MCP server says. */
const registrationsOf = (
  values: Values,
  issuer: string | undefined,
  environment: NodeJS.ProcessEnv
): ReadonlyArray<PreRegistration> => {
  const { "client-auth": method, "client-id": clientId, "client-secret-env": variable } = values
  if (clientId === undefined && variable === undefined && method === undefined) return []
  if (issuer === undefined || clientId === undefined) {
    throw new UsageInvalid("--client-id and --issuer go together: a client is registered at one authorization server")
  }
  const clientSecret = variable === undefined ? undefined : environment[variable]
  if (variable !== undefined && clientSecret === undefined) {
    throw new UsageInvalid(`--client-secret-env: the environment variable ${variable} is not set`)
  }
  return [
    {
      issuer,
      clientId,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(method === undefined ? {} : { tokenEndpointAuthMethod: methodOf(method) })
    }
  ]
}

const portOf = (text: string): number => {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65535) throw new UsageInvalid(`--port ${text}: is no port between 1 and 65535`)
  return port
}

const METHODS = ["none", "client_secret_basic", "client_secret_post"] as const

const methodOf = (text: string): (typeof METHODS)[number] => {
  const method = METHODS.find((known) => known === text)
  if (method === undefined) throw new UsageInvalid(`--client-auth ${text}: is not one of ${METHODS.join(", ")}`)
  return method
}

const COMMANDS = { connect: "Connect", tools: "Tools", whoami: "WhoAmI", logout: "Logout" } as const

const commandOf = (positionals: ReadonlyArray<string>, args: ReadonlyArray<string> = []): Command => {
  const [name, server, tool, json, ...rest] = positionals
  if (name === undefined) throw new UsageInvalid("no command")
  if (name !== "call" && args.length > 0) throw new UsageInvalid("--arg belongs to call")
  if (name === "accounts" && server === undefined) return { _tag: "Accounts" }
  if (name === "call" && server !== undefined && tool !== undefined && rest.length === 0) {
    return { _tag: "Call", resource: resourceOf(server), tool, parameters: toolParameters(json, args) }
  }
  if (isPlain(name) && server !== undefined && tool === undefined) {
    return { _tag: COMMANDS[name], resource: resourceOf(server) }
  }
  throw new UsageInvalid(`not a command: ${positionals.join(" ")}`)
}

const isPlain = (name: string): name is keyof typeof COMMANDS => Object.hasOwn(COMMANDS, name)

const resourceOf = (server: string): string =>
  Result.match(canonicalResource(server), {
    onSuccess: (resource) => resource,
    onFailure: ({ message }) => {
      throw new UsageInvalid(`${server}: ${message}`)
    }
  })
