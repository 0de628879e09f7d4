// The page about the authorization server, and its plot.
import { plot } from "../plot.ts"
import { micros, ratio, table } from "../table.ts"
import { CONNECTIONS, type Exchange, type Load, measure, type Name, NAMES, ROUNDS, SECONDS } from "./measure.ts"

const LABELS: Readonly<Record<Name, string>> = {
  file: "ours, SQLite in a file",
  memory: "ours, SQLite in memory",
  oidcProvider: "oidc-provider, a `Map`"
}

const HEAD = ["server", "its processor time for one", "per second", "oidc-provider / this"]

const rows = (loads: Readonly<Record<Name, Load>>): string =>
  table(
    HEAD,
    NAMES.map((name) => {
      const { cpu, perSecond } = loads[name]
      return [LABELS[name], micros(cpu), String(Math.round(perSecond)), ratio(loads.oidcProvider.cpu, cpu)]
    })
  )

/** The page and its plot. */
export const authorizationServerPage = async (
  versions: string
): Promise<{ readonly page: string; readonly svg: string }> => {
  const { loads, requests } = await measure()
  const bars = (exchange: Exchange, what: string) =>
    NAMES.map((name) => ({
      label: `${what}: ${LABELS[name]}`,
      value: loads[exchange][name].cpu,
      text: micros(loads[exchange][name].cpu),
      ours: name !== "oidcProvider"
    }))
  const title = "Processor time of the server for one exchange"
  const svg = plot(title, [...bars("refresh", "refresh"), ...bars("codeFlow", "code flow")])
  const page = `# The authorization server, measured

Written by \`npx -y pnpm@12 bench\`, every number of it; the programs are in
[\`bench/authorization-server/\`](../../bench/authorization-server). All columns of a table come from one run on one machine, so the
ratios say more than the times.

${versions}

Ours is the app as it is, with its state in SQLite: in a file, where what was answered survives a loss of power (every commit waits
for the disk), or in memory. \`oidc-provider\` keeps everything in a \`Map\`, which survives nothing. Both sign their access tokens with ES256 for one
resource, authenticate the client by \`client_secret_basic\` and rotate the refresh token every time. Each server is a process of its
own; the load comes from another over ${CONNECTIONS} connections, each with a browser that is signed in. Medians of ${ROUNDS} interleaved rounds of
${SECONDS} seconds.

![${title}](the-authorization-server.svg)

## A refresh

One request to the token endpoint, which answers with an access token and the next refresh token.

${rows(loads.refresh)}

## A code flow

From the authorization request of a browser that is signed in to the tokens: ${requests.file} requests to ours, ${requests.oidcProvider} to oidc-provider.${
    requests.file > requests.oidcProvider ? " Ours shows its consent page in between, which the load sends back." : ""
  }

${rows(loads.codeFlow)}
`
  return { page, svg }
}
