import { createAuthorizationServer, type PromiseAuthorizationServer } from "@postern/as-core/promise"
import { openStore } from "@postern/as-store-sql/any-sqlite"
import { decodeBase64Url } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { pages } from "../servers/pages.ts"
import { type Account, peopleOf } from "../servers/people.ts"
import { type DurableStorage, runnerOf } from "./durable-runner.ts"

/** What the Worker is deployed with; ENCRYPTION_KEY and ACCOUNTS are secrets. */
export interface Environment {
  readonly ISSUER: string
  readonly RESOURCE: string
  /** 32 random bytes, base64url: they open the signing keys in the store. */
  readonly ENCRYPTION_KEY: string
  /** A list of accounts, as JSON. */
  readonly ACCOUNTS: string
  readonly AUTHORIZATION_SERVER: {
    readonly getByName: (name: string) => { readonly fetch: (request: Request) => Promise<Response> }
  }
}

/** What is used of a Durable Object's state. */
interface State {
  readonly storage: DurableStorage & {
    readonly getAlarm: () => Promise<number | null>
    readonly setAlarm: (at: number) => Promise<void>
  }
  readonly blockConcurrencyWhile: <A>(work: () => Promise<A>) => Promise<A>
}

const HOUR_MILLIS = 3_600_000

const makeServer = async ({ storage }: State, environment: Environment): Promise<PromiseAuthorizationServer> => {
  const accounts: ReadonlyArray<Account> = JSON.parse(environment.ACCOUNTS)
  return createAuthorizationServer({
    issuer: environment.ISSUER,
    resources: [{ resource: environment.RESOURCE, scopes: { "notes:read": { description: "Read your notes" } } }],
    store: await Effect.runPromise(openStore({ runner: runnerOf(storage), path: "the Durable Object" })),
    keys: { encryptionKeys: [decodeBase64Url(environment.ENCRYPTION_KEY) ?? new Uint8Array()] },
    people: peopleOf(accounts),
    pages,
    registration: { dynamic: {} },
    onEvent: (event) => console.log(JSON.stringify(event))
  })
}

/** The whole authorization server of one issuer, beside its state: what it counts, it counts for everybody. */
export class AuthorizationServer {
  readonly #storage: State["storage"]
  readonly #server: Promise<PromiseAuthorizationServer>

  constructor(state: State, environment: Environment) {
    this.#storage = state.storage
    // No request comes before the tables are there; what fails here is tried again with the next object.
    this.#server = state.blockConcurrencyWhile(() => makeServer(state, environment))
  }

  async fetch(request: Request): Promise<Response> {
    const response = await (await this.#server).handle(request)
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + HOUR_MILLIS)
    return response
  }

  /** Removes what has expired, an hour after somebody was here. */
  async alarm(): Promise<void> {
    await (await this.#server).removeExpired()
  }
}

/** Hands every request to the one object of this issuer. */
export default {
  fetch: (request: Request, { AUTHORIZATION_SERVER, ISSUER }: Environment): Promise<Response> =>
    AUTHORIZATION_SERVER.getByName(ISSUER).fetch(request)
}
