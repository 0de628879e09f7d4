import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** Starts a program of this folder in a process of its own. */
export const start = (program: string, args: ReadonlyArray<string>): ChildProcess =>
  fork(fileURLToPath(new URL(program, import.meta.url)), args, {
    execArgv: ["--conditions=@postern/source"],
    // Node's own place for compiled code: each of the many processes starts in half the time.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") },
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })

/** The next thing that a process says. */
export const message = async (child: ChildProcess): Promise<unknown> => {
  const stop = new AbortController()
  const { signal } = stop
  try {
    const silent = once(child, "exit", { signal }).then(([code, cause]) => {
      throw new Error(`the process ended (${String(code ?? cause)})`)
    })
    const [said] = await Promise.race([once(child, "message", { signal }), silent])
    return said
  } finally {
    stop.abort()
  }
}

/** The signal or the code with which a process ends. */
export const ended = async (child: ChildProcess): Promise<string | number | null> => {
  if (child.signalCode !== null || child.exitCode !== null) return child.signalCode ?? child.exitCode
  const [code, signal] = await once(child, "exit")
  return typeof signal === "string" ? signal : Number(code)
}
