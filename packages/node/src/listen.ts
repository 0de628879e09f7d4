import type { Server } from "node:net"
import { Failure } from "@postern/rejection"
import * as Effect from "effect/Effect"
import { codeOf } from "./error-code.ts"

const sentence = (code: string): string => {
  switch (code) {
    case "EADDRINUSE":
      return "the port is in use"
    case "EACCES":
      return "this process may not listen there"
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "this machine does not have that address"
    default:
      return code.startsWith("ERR_OSSL") || code.startsWith("ERR_TLS")
        ? "the TLS certificate or key was refused"
        : `the system answered ${code}`
  }
}

/** Nothing listens at that address and port: `code` is the system's, for example `EADDRINUSE`. */
export class ListenFailed extends Failure("ListenFailed")<{
  readonly host: string
  readonly port: number
  readonly code: string
}> {
  override get message() {
    return `cannot listen on ${this.host} port ${this.port}: ${sentence(this.code)} (${this.code})`
  }
}

/** Where to listen; port 0 lets the system choose a free one. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Binds the server and returns the port that it got. */
export const listen = (server: Server, address: Address): Effect.Effect<number, ListenFailed> =>
  Effect.callback((resume) => {
    const failed = (error: unknown): void =>
      resume(Effect.fail(new ListenFailed({ ...address, code: codeOf(error), cause: error })))
    server.once("error", failed)
    try {
      server.listen(address, () => {
        server.off("error", failed)
        const bound = server.address()
        resume(Effect.succeed(typeof bound === "object" && bound !== null ? bound.port : address.port))
      })
    } catch (error) {
      failed(error)
    }
  })
