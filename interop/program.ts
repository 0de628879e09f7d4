// Programs of others, each run to its end: none of them outlives this process, and none of them takes for ever.
import { spawn } from "node:child_process"

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const running = new Set<number>()
const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended.
  }
}
process.on("exit", () => running.forEach(kill))

/** Takes over a process that a library started; `end` waits for its end, and brings it about after five seconds. */
export const adopt = (pid: number): { readonly end: () => Promise<void> } => {
  running.add(pid)
  const lives = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  return {
    end: async () => {
      for (let tick = 0; lives(); tick++) {
        if (tick === 100) kill(pid)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      running.delete(pid)
    }
  }
}

/** Runs a Node program; `onLine` is told of what it says as it says it. */
export const runProgram = (
  args: ReadonlyArray<string>,
  options: {
    readonly environment?: NodeJS.ProcessEnv
    readonly limitMillis?: number
    readonly onLine?: (line: string) => void
  } = {}
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...options.environment },
      timeout: options.limitMillis ?? 60_000,
      killSignal: "SIGKILL"
    })
    const { pid = 0 } = child
    if (pid > 0) running.add(pid)
    const said = { stdout: "", stderr: "" }
    for (const stream of ["stdout", "stderr"] as const) {
      let line = ""
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        said[stream] += text
        const lines = (line + text).split("\n")
        line = lines.pop() ?? ""
        for (const whole of lines) options.onLine?.(whole)
      })
    }
    child.on("error", reject)
    child.on("close", (code) => {
      running.delete(pid)
      resolve({ code, ...said })
    })
  })
