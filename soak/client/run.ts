// A person's login that processes share by a file: they find its token ended at once, and are killed in the middle of a refresh.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { mustBe } from "../broken-rule.ts"
import { type Child, start } from "../child.ts"
import { makeRandom } from "../random.ts"
import { connect } from "./connect.ts"
import type { ClientFault, Order, Place, Said } from "./names.ts"
import { type Running, startServer } from "./server.ts"

export interface ClientOptions {
  /** In which two processes find the token ended, or refused, at once. */
  readonly rounds: number
  /** In which one of them is killed. */
  readonly kills: number
  readonly seed: number
  readonly fault?: ClientFault
  readonly tell: (line: string) => void
}

interface World {
  readonly server: Running
  readonly place: Place
  /** The token has ended, for whoever reads the file. */
  readonly expire: () => Promise<void>
  /** How many refresh tokens are held: one, as long as the login lives. */
  readonly held: () => Promise<number>
  readonly close: () => Promise<void>
}

const makeWorld = async (replaySeconds: number): Promise<World> => {
  const server = await startServer(replaySeconds)
  const folder = await mkdtemp(join(tmpdir(), "postern-client-"))
  const { issuer, resource } = server
  const place = { issuer, resource, path: join(folder, "credentials.json") }
  const { client, store } = connect(place, { approve: server.approve })
  await Effect.runPromise(client.authorize({ resource }))
  const all = () => Effect.runPromise(store.listCredentials)
  return {
    server,
    place,
    expire: async () => {
      for (const credentials of await all())
        await Effect.runPromise(store.saveCredentials({ ...credentials, expiresAt: 0 }))
    },
    held: async () => (await all()).filter(({ refreshToken }) => refreshToken !== undefined).length,
    close: async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const told = async (child: Child, order: Order): Promise<Said> => {
  const said = child.answer()
  child.tell(order)
  // The process is this program's other half.
  return (await said) as Said
}

const begin = async ({ place }: World, fault: ClientFault | undefined): Promise<Child> => {
  const child = start("./client/process.ts")
  await told(child, { say: "begin", fault, ...place })
  return child
}

/** Against a server without a replay window, which ends a grant when one of its refresh tokens comes twice. */
const runRounds = async ({ fault, rounds, tell }: ClientOptions): Promise<void> => {
  const world = await makeWorld(0)
  const { expire, held, server } = world
  const children = await Promise.all([begin(world, fault), begin(world, fault)])
  try {
    for (let round = 1; round <= rounds; round++) {
      const say = round % 2 === 0 ? "token" : "fetch"
      if (say === "token") await expire()
      else server.refuse()
      const said = await Promise.all(children.map((child) => told(child, { say, diesWithAnswer: false })))
      const history = [
        `round ${round}: two processes want a new token at once (${say})`,
        JSON.stringify(said.map(hide))
      ]
      mustBe("no refresh token is used twice", server.replays(), 0, history)
      mustBe("two processes need one refresh", server.refreshes(), round, history)
      const token = server.newest() ?? ""
      mustBe("both have the new token, and nobody logs in", said, [{ token }, { token }], history)
      mustBe("the login is held", await held(), 1, history)
      tell(`${round} of ${rounds} rounds`)
    }
  } finally {
    await Promise.all(children.map((child) => child.kill()))
    await world.close()
  }
}

const hide = (said: Said) => ("token" in said ? "a token" : said)

/** Against a server that answers a refresh once more, as ours does for a while; how many died of an answer that they had. */
const runKills = async ({ kills, seed, tell }: ClientOptions): Promise<number> => {
  let unwritten = 0
  const random = makeRandom(seed, "client kills")
  const world = await makeWorld(60)
  const { expire, held, server } = world
  let pair = await Promise.all([begin(world, undefined), begin(world, undefined)])
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const [victim, other] = pair
      await expire()
      // At the worst moment, or at any; the first one at the worst, with nobody who could be faster.
      const isFirst = kill === 1
      const diesWithAnswer = isFirst || random.chance(0.5)
      const millis = random.below(20)
      const dying = told(victim, { say: "token", diesWithAnswer }).then(hide, () => "killed")
      if (!diesWithAnswer) setTimeout(() => void victim.kill(), millis)
      const surviving =
        !isFirst && random.chance(0.5) ? told(other, { say: "token", diesWithAnswer: false }) : undefined
      // It lives on where the other one was faster.
      if ((await dying) === "killed" && diesWithAnswer) unwritten++
      await victim.kill()
      const saw = (await surviving) ?? (await told(other, { say: "token", diesWithAnswer: false }))
      const when = diesWithAnswer ? "when its refresh was answered" : `after ${millis} ms`
      const history = [`kill ${kill}: ${when}${surviving ? ", while the other one waits" : ""}`]
      mustBe("the other process has a token, and nobody logs in", hide(saw), "a token", history)
      mustBe("it is the newest", "token" in saw && saw.token === server.newest(), true, history)
      mustBe("no refresh token is taken for a replay", server.replays(), 0, history)
      mustBe("the login is held", await held(), 1, history)
      pair = [other, await begin(world, undefined)]
      tell(`${kill} of ${kills} kills`)
    }
    return unwritten
  } finally {
    await Promise.all(pair.map((child) => child.kill()))
    await world.close()
  }
}

export interface ClientFigures {
  /** Processes that were killed between the answer to a refresh and the file. */
  readonly unwritten: number
}

/** Runs both; throws `BrokenRule` at the first rule that does not hold. */
export const runClient = async (options: ClientOptions): Promise<ClientFigures> => {
  if (options.rounds > 0) await runRounds(options)
  return { unwritten: options.kills > 0 ? await runKills(options) : 0 }
}
