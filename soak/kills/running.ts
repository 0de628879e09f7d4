import { setTimeout as delay } from "node:timers/promises"
import { BrokenRule } from "../broken-rule.ts"
import { type Child, start } from "../child.ts"
import type { Answer, Send } from "../engine/wire.ts"
import { makeSend } from "./send.ts"
import type { Crash, Opening } from "./server.ts"

/** A server in a process of its own. */
export interface Running {
  readonly send: Send
  /** `kill -9`. */
  readonly kill: () => Promise<void>
  /** `kill -9` by itself, right before one of its next statements; from outside where none comes. */
  readonly crash: (statements: number) => Promise<void>
}

/** For how long a crash is waited for. */
const PATIENCE_MILLIS = 1000

const begin = async (child: Child, opening: Opening): Promise<Running> => {
  const answer = child.answer()
  child.tell(opening)
  // The child is this program's other half.
  const { port } = (await answer) as { readonly port: number }
  const { close, send } = makeSend(port)
  const kill = async (): Promise<void> => {
    await child.kill()
    close()
  }
  return {
    send,
    kill,
    crash: async (statements) => {
      child.tell({ statements } satisfies Crash)
      await Promise.race([child.gone, delay(PATIENCE_MILLIS)])
      await kill()
    }
  }
}

/** Servers that start at once: the next process is always there, and has read its programs. */
export const makeStarter = () => {
  let standby = start("./kills/server.ts")
  return {
    start: (opening: Opening): Promise<Running> => {
      const child = standby
      standby = start("./kills/server.ts")
      return begin(child, opening)
    },
    close: () => standby.kill()
  }
}

/** After which a server has to be back once the database is. */
const RECOVERY_MILLIS = 20_000

/** Asks again while the answer is 503, and gives up when that takes too long. */
export const patiently =
  (send: Send): Send =>
  async (ask) => {
    const end = Date.now() + RECOVERY_MILLIS
    for (;;) {
      const answer: Answer = await send(ask)
      if (answer.status !== 503) return answer
      if (Date.now() > end) throw new BrokenRule("a server is back when its store is", [`${ask.path}: still 503`])
      await delay(100)
    }
  }

/** Comes when so many requests were answered. */
export const makeMoment = (answers: number) => {
  const { promise: come, resolve } = Promise.withResolvers<void>()
  let left = answers
  const watch =
    (send: Send): Send =>
    async (ask) => {
      const answer = await send(ask)
      left -= 1
      if (left === 0) resolve()
      return answer
    }
  return { come, watch }
}
