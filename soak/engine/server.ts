import * as Effect from "effect/Effect"
import {
  type AuthorizationServer,
  makeAuthorizationServer,
  type Pages,
  type ServerEvent,
  type Store
} from "../../packages/as-core/src/index.ts"
import {
  APP,
  CALLBACK,
  ISSUER,
  MACHINE,
  REPLAY_SECONDS,
  RESOURCE,
  RESOURCE_SERVER,
  SCOPE,
  type Secrets
} from "./names.ts"

/** A page is its facts, for a browser without a screen. */
const facts = (page: object): string => JSON.stringify(page)
const pages: Pages = { signIn: facts, consent: facts, error: facts }

const nothing = { name: "Soak", redirectUris: [], tokenEndpointAuthMethod: "client_secret_basic" } as const

/** The engine over a store. Everybody may sign in, and is who they say they are. */
export const makeServer = (
  store: Store,
  secrets: Secrets,
  onEvent: (event: ServerEvent) => void = () => undefined
): Promise<AuthorizationServer> =>
  Effect.runPromise(
    makeAuthorizationServer({
      issuer: ISSUER,
      resources: [{ resource: RESOURCE, scopes: { [SCOPE]: { description: "Read your notes" } } }],
      store,
      keys: { encryptionKeys: [Buffer.from(secrets.encryptionKey, "base64url")] },
      people: {
        authenticate: ({ username }) => Effect.succeed({ subject: username, name: username, roles: [] }),
        find: (subject) => Effect.succeed({ subject, name: subject, roles: [] })
      },
      pages,
      clients: [
        { ...nothing, clientId: APP, redirectUris: [CALLBACK], secretHash: secrets.secretHash },
        { ...nothing, clientId: RESOURCE_SERVER, secretHash: secrets.secretHash, grantTypes: ["client_credentials"] },
        {
          ...nothing,
          clientId: MACHINE,
          tokenEndpointAuthMethod: "private_key_jwt",
          jwks: { keys: [secrets.machineKey] },
          grantTypes: ["client_credentials"],
          scope: [SCOPE]
        }
      ],
      introspection: [{ clientId: RESOURCE_SERVER, resources: [RESOURCE] }],
      lifetimes: { refreshReplay: REPLAY_SECONDS },
      // One client makes all of the load.
      rates: { tokens: 1_000_000, authorizations: 1_000_000, revocations: 1_000_000 },
      onEvent
    })
  )
