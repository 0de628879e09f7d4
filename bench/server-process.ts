// A server in a process of its own, whose processor time and memory can be asked for.
import { type ChildProcess, fork } from "node:child_process"

/** Bytes in use after everything that can go has gone. */
export interface Memory {
  /** What JavaScript holds. */
  readonly heap: number
  /** What the process holds, SQLite's share too. */
  readonly resident: number
}

/** A server that listens on loopback. */
export interface ServerProcess {
  readonly origin: string
  /** The cookie of a browser that is signed in there, where the server hands one over. */
  readonly cookie: string | undefined
  /** Microseconds of processor time that it has used so far. */
  readonly cpu: () => Promise<number>
  readonly memory: () => Promise<Memory>
  /** Ends it; it is gone when this resolves. */
  readonly stop: () => Promise<void>
}

/** What a server says once it listens. */
export interface Listening {
  readonly address: { readonly port: number }
  readonly cookie?: string
}

interface Report {
  readonly cpu: number
  readonly memory: Memory | undefined
}

const ask = <A>(child: ChildProcess, pick: (message: Partial<Listening & Report>) => A | undefined): Promise<A> =>
  new Promise((resolve, reject) => {
    const ended = () => reject(new Error("the server ended"))
    const listen = (message: unknown): void => {
      const picked = pick(message as Partial<Listening & Report>)
      if (picked === undefined) return
      child.off("message", listen)
      child.off("exit", ended)
      resolve(picked)
    }
    child.on("message", listen)
    child.on("exit", ended)
  })

/** Starts a program that says its `address` when it listens and answers questions by {@link reportProcessorTime}. */
export const startServer = async (file: string, environment: NodeJS.ProcessEnv): Promise<ServerProcess> => {
  const child = fork(file, {
    execArgv: ["--conditions=@postern/source", "--expose-gc"],
    env: { ...process.env, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  const report = (question: "cpu" | "memory") => {
    const answer = ask(child, ({ cpu, memory }) => (cpu === undefined ? undefined : { cpu, memory }))
    child.send(question)
    return answer
  }
  const { address, cookie } = await ask(child, ({ address, cookie }) => address && { address, cookie })
  return {
    origin: `http://127.0.0.1:${address.port}`,
    cookie,
    cpu: async () => (await report("cpu")).cpu,
    memory: async () => {
      const { memory } = await report("memory")
      if (memory === undefined) throw new Error("the server did not measure its memory")
      return memory
    },
    stop: async () => {
      if (child.exitCode !== null) return
      const ended = new Promise((resolve) => child.once("exit", resolve))
      // It ends by itself then, and keeps what it compiled where it was told to.
      if (child.connected) child.disconnect()
      await ended
    }
  }
}

const measureMemory = (): Memory => {
  for (let time = 0; time < 4; time++) globalThis.gc?.()
  const { arrayBuffers, external, heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed + external + arrayBuffers, resident: rss }
}

/** The other side of it: to be called once by the program. */
export const reportProcessorTime = (): void => {
  process.on("message", (question) => {
    const { system, user } = process.cpuUsage()
    const report: Report = { cpu: user + system, memory: question === "memory" ? measureMemory() : undefined }
    process.send?.(report)
  })
  process.on("disconnect", () => process.exit(0))
}

/** Says that the program listens. */
export const sayListening = (listening: Listening): void => void process.send?.(listening)
