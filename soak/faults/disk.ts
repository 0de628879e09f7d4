// A server over SQLite in the folder that it is told, whose disk gets full and then has room again.
import { execFileSync } from "node:child_process"
import { appendFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { openSqliteStore } from "../../packages/as-store-sql/src/index.ts"
import { BrokenRule, mustBe } from "../broken-rule.ts"
import { makeSecrets } from "../engine/names.ts"
import { introspect } from "../engine/wire.ts"
import type { Login } from "../kills/login.ts"
import { settle } from "../kills/settle.ts"
import { makeRandom } from "../random.ts"
import type { Said } from "./full-disk.ts"
import { makeLocal, makeStarted, tryTo } from "./local.ts"

const [, , folder = "", way = "", seed = ""] = process.argv
const path = join(folder, "as.sqlite")
const filler = join(folder, "filler")

/** Writes until there is no room for one more byte. */
const fill = (): void => {
  for (const size of [65_536, 512, 1]) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(size))
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error
    }
  }
}

/** How large a file of this process may grow from now on (`man 2 setrlimit`, RLIMIT_FSIZE; the soft limit alone). */
const limit = (bytes: number | "unlimited"): void => {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`])
}

const close = (): void => (way === "tmpfs" ? fill() : limit(statSync(`${path}-wal`).size))
const free = (): void => (way === "tmpfs" ? rmSync(filler) : limit("unlimited"))

const endings = ["revoke", "replay code", "revoke access token", "refresh"] as const

const soak = async (): Promise<string> => {
  const random = makeRandom(Number(seed), `disk ${way}`)
  const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))
  const { send } = await makeLocal(store, makeSecrets().secrets)
  let [refused, answered] = [0, 0]
  for (let round = 0; round < 3; round++) {
    const logins: Array<Login> = []
    for (let index = 0; index < 12; index++) logins.push(await makeStarted(send, index % 3 === 0 ? "code" : "tokens"))
    close()
    for (let attempt = 0; attempt < 200; attempt++) {
      const login = logins[random.below(logins.length)]
      if (login === undefined || login.doubt !== undefined || login.state === "ended") continue
      const fresh = login.state === "fresh"
      const done = await tryTo(send, login, fresh ? "redeem" : random.chance(0.9) ? "refresh" : random.pick(endings))
      if (done) answered += 1
      else refused += 1
    }
    // Whoever only reads is answered all the same.
    mustBe("a full disk can be read", (await introspect(send, "nothing")).status, 200)
    free()
    for (const login of logins) await settle(send, login, random.chance(0.3))
  }
  if (refused === 0) throw new BrokenRule("a full disk refuses something", [`${answered} answered`])
  await Effect.runPromise(store.close)
  return `${refused} refused, ${answered} answered`
}

const said = await soak().then(
  (seen): Said => ({ seen }),
  (error: unknown): Said => {
    if (error instanceof BrokenRule) return { broken: { rule: error.rule, history: error.history } }
    throw error
  }
)
console.log(JSON.stringify(said))
process.exit(0)
