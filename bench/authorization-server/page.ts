// The page about the authorization server, and its plot.
import { plot } from "../plot.ts"
import { micros } from "../table.ts"
import { coldStartSection } from "./cold-start.ts"
import { contestant, NAMES } from "./contestants.ts"
import { loadsSection } from "./exchanges-section.ts"
import { grantsSection } from "./grants.ts"
import { type Exchange, type Loads, measure } from "./measure.ts"
import { postgresSection } from "./postgres.ts"
import { strangersSection } from "./strangers.ts"

const TITLE = "Processor time of the server for one exchange"

const plotOf = (loads: Loads): string => {
  const bars = (exchange: Exchange, what: string) =>
    NAMES.map((name) => {
      const { label, ours } = contestant(name)
      const { cpu } = loads[exchange][name]
      return { label: `${what}: ${label}`, value: cpu, text: micros(cpu), ours: ours === true }
    })
  return plot(TITLE, [...bars("refresh", "refresh"), ...bars("codeFlow", "code flow")])
}

/** The page and its plot. */
export const authorizationServerPage = async (
  versions: string
): Promise<{ readonly page: string; readonly svg: string }> => {
  const loads = await measure()
  const page = `# The authorization server, measured

Written by \`npx -y pnpm@12 bench\`, every number of it; the programs are in
[\`bench/authorization-server/\`](../../bench/authorization-server). All columns of a table come from one run on one machine, so the
ratios say more than the times.

${versions}

![${TITLE}](the-authorization-server.svg)

${loadsSection(loads)}
${await grantsSection()}
${await coldStartSection()}
${await strangersSection()}
${await postgresSection()}`
  return { page, svg: plotOf(loads) }
}
