import { execFile } from "node:child_process"
import { root } from "./workspace.ts"

/** Runs a program at the root; what it printed when it fails or takes too long, `undefined` when it ends with 0. */
export const complaint = (
  program: string,
  args: ReadonlyArray<string>,
  timeoutMillis: number
): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(program, args, { cwd: root, timeout: timeoutMillis }, (error, stdout, stderr) => {
      resolve(error === null ? undefined : `${stdout}${stderr}`.trim() || error.message)
    })
  })

/** Runs a program at the root; what it printed to standard output. Rejects when it fails or takes too long. */
export const printed = (program: string, args: ReadonlyArray<string>, timeoutMillis: number): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { cwd: root, timeout: timeoutMillis, maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(error)
    })
  })
