// What requests of nobody in particular cost the server, and what it keeps of them.
import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { micros, table } from "../table.ts"
import { type Answer, type Connection } from "./connection.ts"
import { CLIENT, queryOf, SCOPE } from "./contest.ts"
import { contestant } from "./contestants.ts"
import { connectTo, type Loaded, start } from "./load.ts"
import { inFolder } from "./measure.ts"
import { targetTable } from "./targets.ts"

const REQUESTS = 2000
/** As many registrations as are let in within a minute. */
const REGISTRATIONS = 250
const FORM = "content-type: application/x-www-form-urlencoded\r\n"
const basic = (id: string, secret: string): string => `authorization: Basic ${btoa(`${id}:${secret}`)}\r\n`

interface Request {
  readonly what: string
  readonly statuses: ReadonlyArray<number>
  readonly count?: number
  readonly send: (connection: Connection, number: number) => Promise<Answer>
}

const REQUESTED: ReadonlyArray<Request> = [
  {
    what: "`GET /authorize`, not signed in: the sign-in page",
    statuses: [200],
    send: ({ send }) => send("GET", `/authorize?${queryOf([SCOPE])}`, "")
  },
  {
    what: "`GET /authorize` of a client that nobody knows",
    statuses: [400],
    send: ({ send }, number) => send("GET", `/authorize?${queryOf([SCOPE]).replace(CLIENT.id, `nobody-${number}`)}`, "")
  },
  {
    what: "`POST /token` of a client that nobody knows",
    statuses: [401],
    send: ({ send }, number) =>
      send("POST", "/token", basic(`nobody-${number}`, "a-secret") + FORM, "grant_type=refresh_token&refresh_token=x")
  },
  {
    what: "`POST /token` with a wrong secret; after 20 of them none is told apart",
    statuses: [401, 429],
    send: ({ send }, number) =>
      send("POST", "/token", basic(CLIENT.id, `wrong-${number}`) + FORM, "grant_type=refresh_token&refresh_token=x")
  },
  {
    what: "`POST /token` with an unknown code, by the client's identifier alone",
    statuses: [401],
    send: ({ send }, number) =>
      send(
        "POST",
        "/token",
        FORM,
        `grant_type=authorization_code&client_id=${CLIENT.id}&code=${number}&code_verifier=x`
      )
  },
  {
    what: "`POST /introspect` by somebody who may not ask",
    statuses: [401],
    send: ({ send }, number) => send("POST", "/introspect", basic(`nobody-${number}`, "a-secret") + FORM, "token=x")
  },
  {
    what: "`POST /register` of a public client",
    statuses: [201],
    count: REGISTRATIONS,
    send: ({ send }, number) =>
      send(
        "POST",
        "/register",
        "content-type: application/json\r\n",
        JSON.stringify({
          client_name: "Somebody",
          redirect_uris: [`http://127.0.0.1:${10_000 + number}/callback`],
          token_endpoint_auth_method: "none"
        })
      )
  }
]

/** What a request cost, and what of it stayed. */
interface Cost {
  readonly what: string
  readonly count: number
  readonly cpu: number
  readonly heap: number
  readonly disk: number
}

const sizeOf = async (folder: string): Promise<number> => {
  const names = await readdir(folder)
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const ask = async (
  { connections }: Pick<Loaded, "connections">,
  { send, statuses }: Request,
  first: number,
  count: number
): Promise<void> => {
  let next = first
  await Promise.all(
    connections.map(async (connection) => {
      while (next < first + count) {
        const answer = await send(connection, next++)
        if (!statuses.includes(answer.status)) throw new Error(`answered ${answer.status}: ${answer.text}`)
      }
    })
  )
}

const WARMING = 40

const measureStrangers = (): Promise<ReadonlyArray<Cost>> =>
  inFolder(async (folder) => {
    const loaded = connectTo(await start(contestant("process"), folder))
    const { server } = loaded
    try {
      const costs = []
      for (const request of REQUESTED) {
        const { count = REQUESTS, what } = request
        await ask(loaded, request, 0, WARMING)
        const [heap, disk, cpu] = [(await server.memory()).heap, await sizeOf(folder), await server.cpu()]
        await ask(loaded, request, WARMING, count)
        costs.push({
          what,
          count,
          cpu: ((await server.cpu()) - cpu) / count,
          heap: ((await server.memory()).heap - heap) / count,
          disk: ((await sizeOf(folder)) - disk) / count
        })
      }
      return costs
    } finally {
      await server.stop()
    }
  })

const bytes = (value: number): string => `${Math.max(0, Math.round(value))} B`

/** The section of the page. */
export const strangersSection = async (): Promise<string> => {
  const costs = await measureStrangers()
  const worst = (pick: (cost: Cost) => number) => [{ value: Math.max(...costs.map(pick)) }]
  return `## Requests of strangers

${REQUESTS} requests of each kind (${REGISTRATIONS} registrations, of which no more are let in within a minute), over the same connections, to ours at SQLite in
a file. Kept is what JavaScript still holds afterwards, and by how much the files grew, a log that is written over again among them. A
password to be checked costs a tenth of a second on purpose, two at a time, and is not here.

${table(
  ["request", "processor time", "kept in memory", "kept on disk"],
  costs.map(({ cpu, disk, heap, what }) => [what, micros(cpu), bytes(heap), bytes(disk)])
)}

${targetTable([
  {
    what: "processor time, the dearest of them",
    bound: { below: 2000 },
    measured: worst(({ cpu }) => cpu),
    show: micros
  },
  {
    what: "kept, the most of them",
    bound: { below: 65_536 },
    measured: worst(({ disk, heap }) => disk + heap),
    show: bytes
  }
])}
`
}
