// Runs in workerd: the contract of a store, on the store of the example, each check on a Durable Object of its own.
import { type OpenedStore, runCheck, type StoreCheck, storeChecks } from "@postern/as-core/contract"
import { type Body, openStore, type Runner } from "@postern/as-store-sql/any-sqlite"
import * as Effect from "effect/Effect"
import { type DurableStorage, runnerOf } from "../../examples/authorization-server-workers/durable-runner.ts"

/** A check, and what the store did wrong. */
export interface Judged {
  readonly name: string
  readonly violations: ReadonlyArray<string>
}

interface Environment {
  readonly STORE: { readonly getByName: (name: string) => { readonly fetch: (url: string) => Promise<Response> } }
}

const ROLLS_BACK = "keeps nothing of a body that throws"

/** What no method of a store shows: a body that fails halfway. */
const rollsBack = (runner: Runner): StoreCheck => ({
  name: ROLLS_BACK,
  run: ({ store }) =>
    Effect.gen(function* () {
      function* failing(): Body<void> {
        yield { sql: "INSERT INTO sessions (id_hash, expires_at) VALUES ('h', 2)", parameters: [], locks: false }
        throw new Error("it failed halfway")
      }
      const failed = yield* Effect.isFailure(runner.write("failing", failing))
      const left = yield* store.findSession("h", 1)
      return [...(failed ? [] : ["it did not fail"]), ...(left === undefined ? [] : ["a session was left"])]
    })
})

const NAMES = [...storeChecks.map(({ name }) => name), ROLLS_BACK]

/** Answers what one check found; its number is the path. */
export class StoreUnderTest {
  readonly #storage: DurableStorage

  constructor({ storage }: { readonly storage: DurableStorage }) {
    this.#storage = storage
  }

  async fetch(request: Request): Promise<Response> {
    const runner = runnerOf(this.#storage)
    const check = storeChecks[Number(new URL(request.url).pathname.slice(1))] ?? rollsBack(runner)
    const open = () => Effect.runPromise(openStore({ runner, path: "the Durable Object" }))
    const opened = async (): Promise<OpenedStore> => ({ store: await open(), reopen: open, close: async () => {} })
    return Response.json(await runCheck(check, opened))
  }
}

export default {
  fetch: async (_: Request, { STORE }: Environment): Promise<Response> => {
    const judged: Array<Judged> = []
    for (const [index, name] of NAMES.entries()) {
      const response = await STORE.getByName(name).fetch(`http://store/${index}`)
      judged.push({ name, violations: await response.json() })
    }
    return Response.json(judged)
  }
}
