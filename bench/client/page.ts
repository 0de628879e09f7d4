// The page about the client, and its plot.
import { execFile } from "node:child_process"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { build } from "esbuild"
import { type Target, targetTable, times } from "../authorization-server/targets.ts"
import { plot } from "../plot.ts"
import { weigh } from "../sizes.ts"
import { median } from "../statistics.ts"
import { micros, table } from "../table.ts"
import { CONTESTANTS, type Name, NAMES, type Way } from "./contestants.ts"
import { FLOWS, type Flows, ROUNDS } from "./flows.ts"
import type { Start } from "./fresh.ts"
import type { Requests } from "./requests.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "../..")
const STARTS = 15
const TITLE = "Processor time of one login, from the first 401 to the answer"

/** What a program of this folder prints, run as published packages are: built, and without the condition of the sources. */
const ask = async <A>(file: string, ...args: ReadonlyArray<string>): Promise<A> => {
  const { stdout } = await run(process.execPath, [resolve(import.meta.dirname, file), ...args], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "" }
  })
  return JSON.parse(stdout)
}

const label = (name: Name): string => CONTESTANTS[name].label

/** How many, and which. */
const said = (asked: ReadonlyArray<string>): string => `${asked.length}: ${asked.join(", ")}`

const OCCASIONS: ReadonlyArray<readonly [what: string, of: (requests: Requests) => ReadonlyArray<string>]> = [
  ["a first login, with registration", ({ first }) => first.registration],
  ["a first login, with a metadata document", ({ first }) => first.document],
  ["the next call", ({ again }) => again],
  ["a call whose token is refused", ({ refused }) => refused],
  ["the first call of a new client over the same storage", ({ later }) => later],
  ["the same, its token refused", ({ refusedLater }) => refusedLater]
]

const requestsSection = (requests: Readonly<Record<Name, Requests>>): string => {
  const target = (what: string, most: number, measured: number): Target => ({
    what,
    bound: { most },
    measured: [{ value: measured }],
    show: String
  })
  const { again, first } = requests.ours
  return `## Requests

Counted at the servers, in memory; \`page\` is the authorization page, which a person's browser asks for, and counts once. The
specification needs seven for a first login with registration (the call, two documents, the registration, the page, the token, the
call again) and six with a metadata document, which is fetched by the authorization server.

${table(
  ["", ...NAMES.map(label)],
  OCCASIONS.map(([what, of]) => [what, ...NAMES.map((name) => String(of(requests[name]).length))])
)}

What they are:

${OCCASIONS.flatMap(([what, of]) => [`- ${what}`, ...NAMES.map((name) => `  - ${label(name)}: ${said(of(requests[name]))}`)]).join("\n")}

A new client of ours reads both documents once before it sends a token that it did not get itself: a token goes to no server that
the resource does not name, or no longer names.

${targetTable([
  target("a first login, with registration", 7, first.registration.length),
  target("a first login, with a metadata document", 6, first.document.length),
  target("the next call", 1, again.length)
])}
`
}

/** The middle of the ratios of each round, in which both met the same moments of the machine. */
const ratioOf = (costs: Flows[Way], other: Name): number =>
  median(costs.ours.map((cost, round) => cost / (costs[other][round] ?? Number.NaN)))

const WAYS: Readonly<Record<Way, string>> = {
  registration: "with registration",
  document: "with a metadata document"
}

const flowsSection = (flows: Flows): string => {
  const ways = Object.entries(WAYS) as ReadonlyArray<[Way, string]>
  const rows = ways.flatMap(([way, what]) =>
    NAMES.map((name) => [`${label(name)}, ${what}`, micros(median(flows[way][name])), times(ratioOf(flows[way], name))])
  )
  const targets = ways.map(([way, what]): Target => ({
    what: `a login ${what}, beside ${label("official")}`,
    bound: { most: 0.8 },
    measured: [{ value: ratioOf(flows[way], "official") }],
    show: times
  }))
  return `## Processor time of a login

A new client each time, its storage empty, against servers in memory, which are part of every time. Ours takes a call and brings its
answer (\`authorizedFetch\`); the official one does by \`withOAuth\` and, when the person has come back, \`auth\`. Medians of ${ROUNDS}
rounds of ${FLOWS} logins each, the clients in turns; the last column is the median of the ratios of the rounds.

${table(["client", "processor time", "ours / this"], rows)}

${targetTable(targets)}
`
}

const STARTED = ["ours", "official"] as const satisfies ReadonlyArray<Name>
const HOW = ["as published", "in one file"] as const

interface Started {
  readonly name: (typeof STARTED)[number]
  readonly how: (typeof HOW)[number]
  /** What is imported. */
  readonly module: string
  readonly starts: Array<Start>
}

/** A program without types, which Node would take its time to strip; all that it needs is in it but for what is external. */
const bundle = async (file: string, outfile: string, external: ReadonlyArray<string>): Promise<string> => {
  await build({
    entryPoints: [join(import.meta.dirname, file)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    external: [...external],
    logLevel: "silent"
  })
  return outfile
}

const PUBLISHED = [join(root, "packages/*"), "@modelcontextprotocol/client"]

const measureStarts = async (): Promise<ReadonlyArray<Started>> => {
  // Where the official client is found.
  const folder = join(root, "bench/node_modules/.client")
  const fresh = await bundle("fresh.ts", join(folder, "fresh.mjs"), [])
  const started: Array<Started> = []
  for (const name of STARTED) {
    const { file } = CONTESTANTS[name]
    for (const how of HOW) {
      const outfile = join(folder, `${name} ${how}.mjs`)
      const module = await bundle(file, outfile, how === "as published" ? PUBLISHED : [])
      started.push({ name, how, module: pathToFileURL(module).href, starts: [] })
    }
  }
  for (let round = 0; round <= STARTS; round++) {
    for (const { module, starts } of started) {
      const start = await ask<Start>(fresh, module)
      // The first round brings the files into memory.
      if (round > 0) starts.push(start)
    }
  }
  return started
}

const millis = (value: number): string => `${(value / 1000).toFixed(0)} ms`

const startsSection = (started: ReadonlyArray<Started>): string => {
  const middle = ({ starts }: Started, what: keyof Start) => median(starts.map((start) => start[what]))
  const rows = started.map((each) => [
    `${label(each.name)}, ${each.how}`,
    ...(["imported", "whole", "process"] as const).map((what) => millis(middle(each, what)))
  ])
  const whole = (name: Name, how: string) =>
    median(started.filter((each) => each.name === name && each.how === how).map((each) => middle(each, "whole")))
  const targets = HOW.flatMap((how): ReadonlyArray<Target> => [
    {
      what: `import and first login, ${how}`,
      bound: { below: 100_000 },
      measured: [{ value: whole("ours", how) }],
      show: millis
    },
    {
      what: `the same, beside ${label("official")}`,
      bound: { below: 1 },
      measured: [{ value: whole("ours", how) / whole("official", how) }],
      show: times
    }
  ])
  return `## A fresh process

Processor time from before the import of the client to the end of its first login; medians of ${STARTS} processes each, in turns. As
published: the JavaScript of the packages, a file for each module. In one file: what esbuild makes of it and of all that it needs, as
a program has it that is bundled. The last column has the start of Node as well.

${table(["client", "the import", "import and first login", "the whole process"], rows)}

${targetTable(targets)}
`
}

const sizeSection = async (): Promise<string> => {
  const source = (names: string, path: string) => `export ${names} from "./packages/client-flow/src/${path}"`
  const client = await weigh(source("{ makeClient, memoryStore }", "index.ts"), root)
  const promised = `${source("{ createClient, authorizedFetch }", "promise.ts")}; ${source("{ memoryStore }", "index.ts")}`
  const promises = await weigh(promised, root)
  const bench = join(root, "bench")
  const official = await weigh('export { auth } from "@modelcontextprotocol/client"', bench)
  const middleware = await weigh('export { auth, withOAuth } from "@modelcontextprotocol/client"', bench)
  const bytes = (value: number): string => `${value} bytes`
  return `## Size in a browser bundle

Bytes, minified and compressed (esbuild, gzip -9), with everything that each needs: Effect here, zod there.

${table(
  ["bundle", "bytes"],
  [
    ["`makeClient` and a store in memory", String(client)],
    ["`createClient`, `authorizedFetch` and a store in memory", String(promises)],
    [`${label("official")}: \`auth\``, String(official)],
    [`${label("official")}: \`auth\` and \`withOAuth\``, String(middleware)]
  ]
)}

${targetTable([
  { what: "with Effect", bound: { below: 45_000 }, measured: [{ value: client }], show: bytes },
  { what: "with Promises", bound: { below: 45_000 }, measured: [{ value: promises }], show: bytes }
])}
`
}

/** The page and its plot; the packages have to be built. */
export const clientPage = async (versions: string): Promise<{ readonly page: string; readonly svg: string }> => {
  const requests = await ask<Readonly<Record<Name, Requests>>>("requests.ts")
  const flows = await ask<Flows>("flows.ts")
  const starts = await measureStarts()
  const bars = NAMES.map((name) => {
    const cpu = median(flows.registration[name])
    return { label: label(name), value: cpu, text: micros(cpu), ours: name === "ours" }
  })
  const page = `# The client, measured

Written by \`npx -y pnpm@12 bench\`, every number of it; the programs are in [\`bench/client/\`](../../bench/client). All columns of a table
come from one run on one machine, so the ratios say more than the times. Both clients are used as built JavaScript, in Node.

${versions}

![${TITLE}](the-client.svg)

${requestsSection(requests)}
${flowsSection(flows)}
${startsSection(starts)}
${await sizeSection()}`
  return { page, svg: plot(TITLE, bars) }
}
