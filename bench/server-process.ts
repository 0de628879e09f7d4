// A server in a process of its own, whose processor time can be asked for.
import { type ChildProcess, fork } from "node:child_process"

/** A server that listens on loopback. */
export interface ServerProcess {
  readonly origin: string
  /** Microseconds of processor time that it has used so far. */
  readonly cpu: () => Promise<number>
  readonly stop: () => void
}

const ask = <A>(child: ChildProcess, pick: (message: Record<string, unknown>) => A | undefined): Promise<A> =>
  new Promise((resolve, reject) => {
    const ended = () => reject(new Error("the server ended"))
    const listen = (message: unknown): void => {
      const picked = pick(message as Record<string, unknown>)
      if (picked === undefined) return
      child.off("message", listen)
      child.off("exit", ended)
      resolve(picked)
    }
    child.on("message", listen)
    child.on("exit", ended)
  })

/** Starts a program that says its `address` when it listens and its `cpu` to every message. */
export const startServer = async (file: string, environment: NodeJS.ProcessEnv): Promise<ServerProcess> => {
  const child = fork(file, {
    execArgv: ["--conditions=@postern/source"],
    env: { ...process.env, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  const { port } = await ask(child, ({ address }) => address as { readonly port: number } | undefined)
  return {
    origin: `http://127.0.0.1:${port}`,
    cpu: async () => {
      const answer = ask(child, ({ cpu }) => (typeof cpu === "number" ? cpu : undefined))
      child.send("cpu")
      return answer
    },
    stop: () => void child.kill()
  }
}

/** The other side of it: to be called once by the program. */
export const reportProcessorTime = (): void => {
  process.on("message", () => {
    const { system, user } = process.cpuUsage()
    process.send?.({ cpu: user + system })
  })
  process.on("disconnect", () => process.exit(0))
}
