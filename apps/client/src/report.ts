import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client"
import { explain, type Layer } from "@postern/client-flow"
import { isFailure, isRejection } from "@postern/rejection"
import { EXIT, type ExitCode, exitOfLayer } from "./exit-codes.ts"
import { LoginForbidden } from "./login.ts"
import { NotLoggedIn } from "./not-logged-in.ts"
import { printable } from "./printable.ts"
import { PROGRAM } from "./usage.ts"

/** Why a command failed: whose fault it is, what differs, which clause says so, and what to do. */
export interface Report {
  readonly exit: ExitCode
  /** The tag of the error. */
  readonly error: string
  readonly message: string
  readonly because?: string | undefined
  readonly layer?: Layer | undefined
  readonly expected?: string | undefined
  readonly received?: string | undefined
  readonly clause?: string | undefined
  readonly remedy?: string | undefined
}

/** The report of whatever was thrown. */
export const reportOf = (thrown: unknown): Report => {
  const causes = causesOf(thrown)
  // The flow's own word comes first: the SDK wraps it in one of its own.
  for (const look of [explained, ours, ofSdk]) {
    const [report] = causes.flatMap((error) => look(error) ?? [])
    if (report !== undefined) return report
  }
  const { message, name } = thrown instanceof Error ? thrown : { message: String(thrown), name: "Error" }
  return { exit: EXIT.unexpected, error: name, message }
}

/** An error and what it was caused by; the SDK wraps some. */
const causesOf = (error: unknown): ReadonlyArray<Error> =>
  error instanceof Error ? [error, ...causesOf(error.cause)] : []

const explained = (error: Error): Report | undefined => {
  const explanation = explain(error)
  if (explanation === undefined || !(isRejection(error) || isFailure(error))) return undefined
  const { clause, expected, layer, received, remedy } = explanation
  const [, ...causes] = causesOf(error)
  const forbidden = causes.find((cause) => cause instanceof LoginForbidden)
  return {
    exit: exitOf(error._tag, causes, layer),
    error: error._tag,
    // That nobody was asked says more than that nobody answered.
    message: forbidden?.message ?? error.message,
    because: forbidden ? undefined : causes[0]?.message,
    layer,
    expected,
    received: expected === undefined ? undefined : (received ?? "nothing"),
    clause,
    remedy: [error, ...causes].flatMap(({ name }) => REMEDIES.get(name) ?? [])[0] ?? remedy
  }
}

/** What helps at this command line, by the name of the error or its cause. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ["BrowserUnavailable", "Repeat with --no-browser, and open the address that is printed."],
  ["ListenFailed", "End the program that has this port, or name another one with --port."],
  ["LoginForbidden", `Log in first, with \`${PROGRAM} connect\`.`],
  // A store that is too open, or is not ours, is not mended by opening it.
  ["CredentialFileDamaged", "Move the file away, or name another one with --store, and log in again."],
  ["DirectoryWritable", "Let nobody else write in that directory, or name a file in another one with --store."],
  ["OwnerMismatch", "Name a file of your own with --store."],
  ["RegistrationUnavailable", "Register a client at the authorization server, and name it: --issuer URL --client-id ID"]
])

/** A browser that brought nothing is no refusal: a login was needed and none came about. */
const exitOf = (tag: string, causes: ReadonlyArray<Error>, layer: Layer): ExitCode => {
  if (tag !== "UserAgentFailed") return exitOfLayer[layer]
  return causes.some((cause) => "_tag" in cause && cause._tag === "UrlForbidden")
    ? EXIT.authorizationServer
    : EXIT.loginNeeded
}

const ours = (error: Error): Report | undefined => {
  if (error instanceof NotLoggedIn) {
    const remedy = `Log in: ${PROGRAM} connect ${error.resource}`
    return { exit: EXIT.loginNeeded, error: error._tag, message: error.message, layer: "user", remedy }
  }
  return undefined
}

const ofSdk = (error: Error): Report | undefined => {
  if (error instanceof ProtocolError) {
    const remedy = `Look at the tool's name and arguments: \`${PROGRAM} tools\` lists what there is.`
    const message = `the MCP server answered with the error ${error.code}: ${error.message}`
    return { exit: EXIT.tool, error: "ProtocolError", message, layer: "resource server", remedy }
  }
  if (error instanceof SdkHttpError && error.status === 403) {
    const remedy = `Look at the tool's name, and at what this login may do: \`${PROGRAM} tools\` and \`${PROGRAM} whoami\`.`
    const message = "the MCP server forbids this, whatever was granted (403)"
    return { exit: EXIT.tool, error: "SdkHttpError", message, layer: "resource server", remedy }
  }
  if (error instanceof SdkHttpError) {
    const remedy = "Look whether this is the URL of an MCP server, and at that server's log."
    const message = `the MCP server answered ${error.status}`
    return { exit: EXIT.server, error: "SdkHttpError", message, layer: "resource server", remedy }
  }
  if (!(error instanceof SdkError)) return undefined
  const isLate = error.code === SdkErrorCode.RequestTimeout
  return {
    exit: isLate ? EXIT.network : EXIT.server,
    error: error.code,
    message: error.message,
    layer: isLate ? "network" : "resource server",
    remedy: isLate ? "Wait, then repeat." : "Look at that server's log: its answer is none that MCP knows."
  }
}

/** The report for a terminal. */
export const formatReport = (report: Report): string =>
  [
    `${PROGRAM}: ${report.message}`,
    ...(
      [
        ["because", report.because],
        ["at fault", report.layer],
        ["expected", report.expected],
        ["received", report.received],
        ["clause", report.clause],
        ["what helps", report.remedy]
      ] as const
    ).flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${value}`]))
  ]
    .map(printable)
    .join("\n")
