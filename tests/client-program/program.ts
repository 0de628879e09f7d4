import { spawn } from "node:child_process"
import { makeUserAgent, type PersonAtBrowser } from "@postern/app-demo"
import { builtProgram } from "../built-program.ts"

const main = await builtProgram("client")

/** How the program ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A client that runs. */
export interface Running {
  readonly ended: Promise<Ended>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly type: (line: string) => void
  /** The first login address, as soon as it is printed. */
  readonly loginUrl: Promise<string>
}

/** Starts the client as a process of its own; `onLogin` is told of every login address that it prints. */
export const startProgram = (args: ReadonlyArray<string>, onLogin?: (url: string) => void): Running => {
  const child = spawn(process.execPath, [main, ...args])
  const said = { stdout: "", stderr: "" }
  let logins = 0
  const loginUrl = Promise.withResolvers<string>()
  // Not every program asks for a login.
  loginUrl.promise.catch(() => undefined)
  child.stdout.on("data", (data: Buffer) => void (said.stdout += data.toString()))
  child.stderr.on("data", (data: Buffer) => {
    said.stderr += data.toString()
    const urls = [...said.stderr.matchAll(/^ {2}(https?:\/\/\S+)\n/gm)].map(([, url = ""]) => url)
    for (const url of urls.slice(logins)) {
      logins++
      loginUrl.resolve(url)
      onLogin?.(url)
    }
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      loginUrl.reject(new Error(`no login was asked for: ${said.stderr}`))
      resolve({ code, ...said })
    })
  })
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    type: (line) => void child.stdin.write(`${line}\n`),
    loginUrl: loginUrl.promise
  }
}

/** Follows a login address as the person would, to the callback URL that the browser ends at. */
export const visit = async (loginUrl: string, person: PersonAtBrowser): Promise<string> => {
  const redirectUri = new URL(loginUrl).searchParams.get("redirect_uri") ?? ""
  const visit = await makeUserAgent(person).visit(loginUrl, redirectUri)
  if (visit._tag === "Stopped") throw new Error(`the browser stopped at ${visit.status}: ${visit.text}`)
  return visit.callbackUrl
}

const comeBack = async (loginUrl: string, person: PersonAtBrowser): Promise<Response> =>
  fetch(await visit(loginUrl, person))

/** Runs the client; the person follows every login address, and their browser goes back to the client. */
export const runWith = async (person: PersonAtBrowser, args: ReadonlyArray<string>): Promise<Ended> => {
  const visits: Array<Promise<unknown>> = []
  const program = startProgram([...args, "--no-browser"], (url) => {
    visits.push(comeBack(url, person))
  })
  const ended = await program.ended
  await Promise.all(visits)
  return ended
}

/** Runs the client where nobody is asked. */
export const run = (...args: ReadonlyArray<string>): Promise<Ended> => startProgram([...args, "--no-login"]).ended
