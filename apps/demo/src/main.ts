import { parseArgs } from "node:util"
import { refuse } from "@postern/app-program"
import { formatExchange } from "./exchanges.ts"
import { play } from "./play.ts"
import { formatTable } from "./table.ts"

const USAGE = `pnpm demo [--browser] [--json] [--keep]
  --browser   log in yourself, in your own browser
  --json      print the exchanges and outcomes as data
  --keep      leave the servers running until Ctrl-C`

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        browser: { type: "boolean" },
        json: { type: "boolean" },
        keep: { type: "boolean" },
        help: { type: "boolean", short: "h" }
      }
    })
  } catch (error) {
    return refuse(`demo: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

const { values } = readArguments()
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const say = (text: string) => void (values.json || console.log(text))
let step = 0
const { exchanges, outcomes, world } = await play({
  onStep: (title) => say(`\n── ${++step}. ${title} ${"─".repeat(Math.max(0, 90 - title.length))}`),
  onExchange: (exchange) => say(formatExchange(exchange)),
  onPerson: values.browser ? (text) => console.error(`\n${text}\n`) : undefined
})
const holds = outcomes.every((outcome) => outcome.holds)
if (values.json) console.log(JSON.stringify({ holds, outcomes, exchanges }, null, 2))
else {
  console.log(`\n${formatTable(outcomes, process.stdout.columns ?? 110)}`)
  console.log(holds ? `\nAll ${outcomes.length} came out as they must.` : "\nThe story does not hold.")
}

if (values.keep) {
  console.error(`\nStill running (Ctrl-C ends it):
  authorization server  ${world.issuer}
  notes                 ${world.notes}
  archive               ${world.archive}
  sign in as            ${world.user.username} / ${world.user.password}
  administrator         ${world.administrator.username} / ${world.administrator.password}`)
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve)
    process.once("SIGTERM", resolve)
  })
}
await world.close()
process.exitCode = holds ? 0 : 1
