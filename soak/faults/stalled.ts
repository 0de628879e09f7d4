import { createConnection, createServer, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { makeSecrets } from "../engine/names.ts"
import type { Step } from "../kills/login.ts"
import { patiently } from "../kills/running.ts"
import { settle } from "../kills/settle.ts"
import { openStore } from "../stores/open.ts"
import { makeLocal, makeStarted, takeInVain } from "./local.ts"
import type { Scenario } from "./scenario.ts"

/** A way to a server on this machine that can be stalled: connections stay, and nothing comes through. */
const startWay = async (port: number) => {
  const sockets = new Set<Socket>()
  let stalled = false
  const server = createServer((near) => {
    const far = createConnection(port, "127.0.0.1")
    for (const [socket, other] of [
      [near, far],
      [far, near]
    ] as const) {
      sockets.add(socket)
      if (stalled) socket.pause()
      socket.on("data", (data) => other.write(data))
      socket.on("error", () => other.destroy())
      socket.on("close", () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("no port is free")
  return {
    port: address.port,
    stall: () => {
      stalled = true
      for (const socket of sockets) socket.pause()
    },
    goOn: () => {
      stalled = false
      for (const socket of sockets) socket.resume()
    },
    /** Every connection breaks. */
    cut: () => {
      stalled = false
      for (const socket of sockets) socket.destroy()
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}

const steps: ReadonlyArray<Step> = ["redeem", "refresh", "revoke", "replay code", "revoke access token"]

/** The network between a server and its database stands still, and then goes on, or breaks. */
export const stalled: Scenario = {
  name: "a network that stands still",
  run: async (kind, { seed }) => {
    const ground = await kind.prepare()
    if (ground.place.kind !== "postgres") {
      await ground.close()
      return "there is no network"
    }
    const url = new URL(ground.place.url)
    const way = await startWay(Number(url.port))
    url.port = String(way.port)
    const store = await openStore({ ...ground.place, url: url.href })
    try {
      const { send } = await makeLocal(store, makeSecrets().secrets)
      for (const ending of ["goOn", "cut"] as const) {
        const logins = await Promise.all(
          steps.map(async (step) => ({ step, login: await makeStarted(send, step === "redeem" ? "code" : "tokens") }))
        )
        // Some are on their way when it begins, at one statement or another.
        const taken = Promise.all(
          logins.map(async ({ login, step }, index) => {
            await delay(index + (seed % 3))
            return takeInVain(send, login, step)
          })
        )
        way.stall()
        await taken.finally(way[ending])
        await Promise.all(logins.map(({ login }) => settle(patiently(send), login, true)))
      }
      return "503, and then all was whole"
    } finally {
      way.close()
      await Effect.runPromise(store.close)
      await ground.close()
    }
  }
}
