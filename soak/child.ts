import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** A program of this folder in a process of its own, which ends with this one. */
export interface Child {
  readonly tell: (message: object) => void
  /** The next thing that it says; rejects when it ends first. */
  readonly answer: () => Promise<unknown>
  /** Resolves when it has ended. */
  readonly gone: Promise<unknown>
  /** `kill -9`; resolves when it is gone. */
  readonly kill: () => Promise<void>
}

const next = async (child: ChildProcess): Promise<unknown> => {
  const stop = new AbortController()
  const { signal } = stop
  try {
    const silent = once(child, "exit", { signal }).then(([code, cause]) => {
      throw new Error(`a process ended by itself (${String(code ?? cause)})`)
    })
    const [said] = await Promise.race([once(child, "message", { signal }), silent])
    return said
  } finally {
    stop.abort()
  }
}

/** Starts the program at a path relative to this file. */
export const start = (program: string): Child => {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [], {
    execArgv: ["--conditions=@postern/source"],
    // Node's own place for compiled code: a process starts in half the time.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") },
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })
  const gone = once(child, "exit")
  return {
    tell: (message) => {
      if (child.connected) child.send(message)
    },
    answer: () => next(child),
    gone,
    kill: async () => {
      child.kill("SIGKILL")
      await gone
    }
  }
}

/** The other side of it: to be called once by the program, which answers each message with what comes of it. */
export const serveParent = (answer: (message: unknown) => Promise<unknown>): void => {
  process.on("message", (message) => {
    void answer(message).then((said) => process.send?.(said))
  })
  process.on("disconnect", () => process.exit(0))
}
