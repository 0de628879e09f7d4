import { randomText } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { PageRow } from "../authorize/wire.ts"
import { endsOnThisComputer } from "../clients/redirect-uris.ts"
import type { Engine } from "../engine.ts"
import { type Authority, describeScopes, splitByAuthority } from "../grantable.ts"
import { page } from "../http/respond.ts"
import type { ClientFacts, FormFacts } from "../pages.ts"
import type { Person } from "../people.ts"
import { resourcesOf } from "../settings.ts"
import type { PendingRequest } from "../store.ts"
import { clientFacts, redirectHostOf } from "./facts.ts"
import { type FormBinding, formToken } from "./form-token.ts"

/** A page about a pending request, in the browser that it is bound to. */
export interface Shown extends FormBinding {
  readonly request: PendingRequest
  /** The Set-Cookie header, where the browser has a new session. */
  readonly cookie?: string | undefined
}

const styleNonce = randomText(16)

const formFacts = (binding: FormBinding, action: string): Effect.Effect<FormFacts> =>
  Effect.gen(function* () {
    return {
      action,
      hidden: [
        { name: "interaction", value: binding.interaction },
        { name: "csrf", value: yield* formToken(binding) }
      ],
      styleNonce: yield* styleNonce
    }
  })

const factsOf = (engine: Engine, { request: { client } }: Shown): Effect.Effect<ClientFacts> =>
  Effect.map(engine.logos(client), (logo) => clientFacts(client, logo))

/** The sign-in page. */
export const showSignIn = Effect.fnUntraced(function* (engine: Engine, shown: Shown, failed: boolean) {
  const form = yield* formFacts(shown, engine.settings.paths.login)
  return page({
    status: 200,
    html: engine.pages.signIn({ ...form, client: yield* factsOf(engine, shown), failed }),
    styleNonce: form.styleNonce,
    cookie: shown.cookie
  })
})

/** The consent page: what this person may grant of the request, and what is withheld. */
export const showConsent = Effect.fnUntraced(function* (
  engine: Engine,
  shown: Shown,
  { authority, person }: { readonly authority: Authority; readonly person: Person }
) {
  const { request } = shown
  const form = yield* formFacts(shown, engine.settings.paths.consent)
  const resources = resourcesOf(engine.settings, request)
  const { granted, withheld } = splitByAuthority(request.scope, resources, authority)
  return page({
    status: 200,
    html: engine.pages.consent({
      ...form,
      client: yield* factsOf(engine, shown),
      person: { name: person.name },
      redirectHost: redirectHostOf(request.redirectUri),
      redirectIsLoopback: endsOnThisComputer(request.redirectUri),
      resources: resources.map(({ resource, name }) => ({ resource, name })),
      scopes: describeScopes(granted, resources),
      withheld: describeScopes(withheld, resources).map(({ scope, description }) => ({ scope, description }))
    }),
    styleNonce: form.styleNonce,
    cookie: shown.cookie
  })
})

/** A page that says what is wrong, and links nowhere. */
export const showError = Effect.fnUntraced(function* (
  engine: Engine,
  row: PageRow,
  rejection: { readonly message: string; readonly spec?: string; readonly retryAfter?: number }
) {
  const nonce = yield* styleNonce
  return page({
    status: row.status,
    html: engine.pages.error({ ...row, detail: rejection.message, spec: rejection.spec, styleNonce: nonce }),
    styleNonce: nonce,
    headers: rejection.retryAfter === undefined ? undefined : { "retry-after": String(rejection.retryAfter) }
  })
})
