import { parseClientIdUrl } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ServerEvent } from "./options.ts"
import { type People, PeopleFailed, type Person } from "./people.ts"
import { isRegisteredForm } from "./register/client-id.ts"
import type { Settings } from "./settings.ts"
import type { Store, StoreFailed } from "./store.ts"

/** People, each of whom is told apart from every client. */
export interface Directory {
  readonly authenticate: (
    credentials: Parameters<People["authenticate"]>[0]
  ) => Effect.Effect<Person | undefined, PeopleFailed | StoreFailed>
  readonly find: (subject: string) => Effect.Effect<Person | undefined, PeopleFailed | StoreFailed>
}

/**
 * The `sub` of a client's own token is its `client_id`, so that no person may have a client's identifier as subject: a resource
 * server would take one for the other (RFC 9068 section 5). Such a person is the directory's fault, and refused as that.
 */
export const makeDirectory = (options: {
  readonly people: People
  readonly settings: Pick<Settings, "clients">
  readonly store: Pick<Store, "findClient">
  readonly tell: (event: ServerEvent) => Effect.Effect<void>
}): Directory => {
  const { people, settings, store, tell } = options
  const isClient = (subject: string): Effect.Effect<boolean, StoreFailed> => {
    if (settings.clients.has(subject)) return Effect.succeed(true)
    // Asked at every refresh: most subjects have the form of no client's identifier.
    if (subject.includes("://")) return Effect.succeed(Result.isSuccess(parseClientIdUrl(subject)))
    if (!isRegisteredForm(subject)) return Effect.succeed(false)
    return Effect.map(store.findClient(subject), (client) => client !== undefined)
  }
  const refuse = Effect.fnUntraced(function* (operation: string, { subject }: Person) {
    yield* tell({ event: "subject-is-client", clientId: subject })
    return yield* new PeopleFailed({ operation, cause: "a subject is a client's identifier" })
  })
  const told = (operation: string) => (person: Person | undefined) =>
    person === undefined
      ? Effect.succeed(undefined)
      : Effect.flatMap(isClient(person.subject), (is) => (is ? refuse(operation, person) : Effect.succeed(person)))
  const authenticated = told("authenticate")
  const found = told("find")
  return {
    authenticate: (credentials) => Effect.flatMap(people.authenticate(credentials), authenticated),
    find: (subject) => Effect.flatMap(people.find(subject), found)
  }
}
