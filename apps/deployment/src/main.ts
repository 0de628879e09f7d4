import { parseArgs } from "node:util"
import { refuse } from "@postern/app-program"
import { draw } from "./picture.ts"
import { play } from "./play.ts"

const USAGE = `pnpm deployment [--logins 1000] [--refreshes 10000] [--kills 4] [--no-replay] [--json]
  --logins, --refreshes   how much is played
  --kills                 how often an instance is killed; A and B in turns
  --no-replay             without the replay window of refresh tokens, to see what it is for
  --json                  print what was counted as data`

const number = (text: string, name: string): number =>
  /^\d{1,6}$/.test(text) ? Number(text) : refuse(`deployment: --${name} is a number\n${USAGE}`)

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        logins: { type: "string", default: "1000" },
        refreshes: { type: "string", default: "10000" },
        kills: { type: "string", default: "4" },
        "no-replay": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" }
      }
    })
  } catch (error) {
    return refuse(`deployment: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

const { values } = readArguments()
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const { json } = values
const logins = number(values.logins, "logins")
const kills = number(values.kills, "kills")
const { accepted, instances, ledger, loggedIn } = await play({
  logins,
  refreshes: number(values.refreshes, "refreshes"),
  kills,
  refreshReplay: values["no-replay"] ? 0 : 10,
  onProgress: (what) => json || console.log(what)
})
const { counts, marks } = ledger
const killed = marks.filter(({ what }) => what === "killed").length
const holds = loggedIn === logins && accepted === logins && killed === kills
if (json) console.log(JSON.stringify({ holds, logins, loggedIn, accepted, killed, counts, marks }, null, 2))
else {
  console.log(`\n${draw(ledger, instances, process.stdout.columns ?? 110)}\n`)
  console.log(
    `${counts.login} logins, ${counts.refresh} refreshes, ${killed} kills; ${counts["logged out"]} were logged out.`
  )
  if (holds) console.log(`All ${logins} are still logged in, and every access token of theirs is accepted.`)
  else console.log(`It does not hold: ${loggedIn} of ${logins} are logged in, ${accepted} access tokens are accepted.`)
}
process.exitCode = holds ? 0 : 1
