// The section about the exchanges: what was compared, the tables, the targets.
import { micros, table } from "../table.ts"
import { contestant, NAMES, type Name } from "./contestants.ts"
import { CONNECTIONS, type Load } from "./load.ts"
import { type Exchange, type Loads, ROUNDS, SECONDS } from "./measure.ts"
import { compared, type Target, targetTable, times } from "./targets.ts"

const HEAD = ["server", "processor time", "per second", "p50", "p99", "rate / oidc-provider", "rate / bare"]

const rows = (loads: Readonly<Record<Name, Load>>): string =>
  table(
    HEAD,
    NAMES.map((name) => {
      const { cpu, p50, p99, perSecond } = loads[name]
      return [
        contestant(name).label,
        micros(cpu),
        String(Math.round(perSecond)),
        micros(p50),
        micros(p99),
        times(perSecond / loads.oidcProvider.perSecond),
        times(perSecond / loads.bare.perSecond)
      ]
    })
  )

const targets = ({ codeFlow, refresh }: Loads): ReadonlyArray<Target> => {
  const ratio = (exchange: Exchange, name: Name, other: Name, least: number): Target => ({
    what: `${exchange === "refresh" ? "refresh" : "code flow"}: ${contestant(name).label} / ${contestant(other).label}`,
    bound: { least },
    measured: compared({ refresh, codeFlow }[exchange][name], { refresh, codeFlow }[exchange][other]),
    show: times
  })
  const tail = (name: Name): Target => ({
    what: `refresh, p99: ${contestant(name).label}, no worse than oidc-provider's`,
    bound: { most: refresh.oidcProvider.p99 },
    measured: [{ value: refresh[name].p99 }],
    show: micros
  })
  return [
    ratio("refresh", "memory", "oidcProvider", 2),
    ratio("refresh", "memory", "bare", 0.5),
    ratio("refresh", "process", "oidcProvider", 1.6),
    ratio("refresh", "power", "oidcProvider", 1),
    tail("memory"),
    tail("process"),
    tail("power"),
    ratio("codeFlow", "memory", "oidcProvider", 2.5)
  ]
}

/** The section of the page. */
export const loadsSection = (loads: Loads): string => `## Refreshes and code flows

Each server is a process of its own; the load comes from another over ${CONNECTIONS} connections, each of which asks again as soon as it was
answered. Medians of ${ROUNDS} interleaved rounds of ${SECONDS} seconds; the percentiles are of all requests of these rounds. The access tokens are
signed by ES256 for one resource, clients authenticate by a secret, every refresh rotates the refresh token. A refresh is one request; a
code flow is two, from the authorization request of a browser that is signed in and has consented, without a page, to the tokens.

- **Ours** is the program as \`pnpm run build\` makes it, in one file, with its defaults: reuse detection, the replay window, hashed
  storage, the consent looked up, events. Its state is in memory, or in SQLite in a file with one of its two durabilities. With \`process\` what was answered survives the end of the process, with
  \`power\` (unless told) a loss of power too, so that every commit waits for the disk.
- **oidc-provider** keeps everything in a \`Map\`; its tokens are signed JWTs of its resource indicators.
- **better-auth** with \`@better-auth/oauth-provider\` keeps its state in SQLite in memory, by the driver of Node that it supports. Its adapter
  for memory reads whole tables, and copies all of them for a transaction. It gives a refresh token for \`offline_access\` alone.
- **workers-oauth-provider** runs in Node here, with a \`Map\` as its KV namespace and the little that it imports of its own runtime. Its tokens
  are opaque and it has no others: it signs nothing, and every use of a token reads its store. Unless told it ends a person's earlier grants
  when the next one is given; here it does not, since the connections share one person.
- **\`mcpAuthRouter\`** of the SDK 1.x runs on Express; a provider of the benchmark keeps \`Map\`s and signs by jose. It takes the secret by
  \`client_secret_post\` only.
- **Bare** is \`node:http\` and \`node:crypto\`: it reads the form, compares the secret, rotates the token in a \`Map\`, signs and answers. It checks
  nothing else.

### A refresh

${rows(loads.refresh)}

### A code flow

${rows(loads.codeFlow)}

### Targets

A ratio has to be reached by the rate and by the processor time: waiting for the disk costs no processor time, and the machine's other
core, where the load is made, bounds the rate of the fastest.

${targetTable(targets(loads))}
`
