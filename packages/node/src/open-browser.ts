import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process"
import { Failure, Rejection } from "@postern/rejection"
import { parseSecureUrl } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { codeOf } from "./error-code.ts"

/** What a server wants opened is not a URL that a browser may be given: https, or http on loopback. */
export class UrlForbidden extends Rejection(
  "UrlForbidden",
  "MCP security best practices, section Authorization URL validation"
)<{
  readonly reason: "UrlMalformed" | "TransportInsecure"
}> {
  override get message() {
    return "a URL that is not https, or http on loopback, is not opened in a browser"
  }
}

/** This machine opened no browser: show the URL to the user instead. */
export class BrowserUnavailable extends Failure("BrowserUnavailable")<{
  readonly command: string
  /** The system's code, or the exit status of the opener. */
  readonly code: string
}> {
  override get message() {
    return `${this.command} opened no browser (${this.code})`
  }
}

/** The part of `node:child_process` that is needed. */
export type Spawn = (command: string, args: ReadonlyArray<string>, options: SpawnOptions) => ChildProcess

/** What stands in for this machine in a test. */
export interface BrowserOptions {
  readonly platform?: NodeJS.Platform | undefined
  readonly spawn?: Spawn | undefined
}

/** The platform's opener and its arguments before the URL; none of them is a shell. */
const opener = (platform: NodeJS.Platform): readonly [command: string, ...args: ReadonlyArray<string>] => {
  switch (platform) {
    case "darwin":
      return ["open"]
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler"]
    default:
      return ["xdg-open"]
  }
}

// An opener that still runs after this long has a browser.
const PATIENCE_MILLIS = 1000

const launch = (run: Spawn, command: string, args: ReadonlyArray<string>): Effect.Effect<void, BrowserUnavailable> =>
  Effect.callback((resume) => {
    const failed = (code: string): void => resume(Effect.fail(new BrowserUnavailable({ command, code })))
    const child = run(command, args, { stdio: "ignore", detached: true, shell: false })
    child.once("error", (error) => failed(codeOf(error)))
    child.once("exit", (status) => (status === 0 ? resume(Effect.void) : failed(String(status))))
    child.unref()
  })

/**
 * Opens a URL in the user's browser without a shell. The URL is checked first: one that is not https, or http on loopback,
 * never reaches the opener, and so no argument begins with `-`.
 */
export const openBrowser = (
  url: string,
  options: BrowserOptions = {}
): Effect.Effect<void, BrowserUnavailable | UrlForbidden> =>
  Effect.gen(function* () {
    const parsed = parseSecureUrl(url)
    if (Result.isFailure(parsed)) return yield* new UrlForbidden({ reason: parsed.failure._tag })
    const [command, ...args] = opener(options.platform ?? process.platform)
    const opened = launch(options.spawn ?? spawn, command, [...args, parsed.success.href])
    yield* opened.pipe(Effect.timeoutOption(PATIENCE_MILLIS), Effect.map(Option.getOrUndefined))
  }).pipe(Effect.withSpan("node.openBrowser"))
