import * as Effect from "effect/Effect"
import { makeQueue } from "./queue.ts"
import type { CredentialsKey, CredentialStore, StoredCredentials, StoredRegistration } from "./store.ts"

const keyOf = (key: CredentialsKey): string => JSON.stringify([key.issuer, key.resource, key.account, key.clientId])

/** A credential store that ends with the process. */
export const memoryStore = (): CredentialStore => {
  const credentials = new Map<string, StoredCredentials>()
  const registrations = new Map<string, StoredRegistration>()
  return {
    findCredentials: (resource, account) =>
      Effect.sync(() =>
        [...credentials.values()].filter((held) => held.resource === resource && held.account === account).reverse()
      ),
    listCredentials: Effect.sync(() => [...credentials.values()].reverse()),
    saveCredentials: (saved) =>
      Effect.sync(() => {
        // Taken out first: a Map keeps the place of a key that it has, and the last saved must come last.
        credentials.delete(keyOf(saved))
        credentials.set(keyOf(saved), saved)
      }),
    forgetTokens: (key, tokens) =>
      Effect.sync(() => {
        const held = credentials.get(keyOf(key))
        if (!held) return
        const { accessToken, expiresAt, refreshToken, ...rest } = held
        const dropAccess = tokens.accessToken !== undefined && tokens.accessToken === accessToken
        const dropRefresh = tokens.refreshToken !== undefined && tokens.refreshToken === refreshToken
        credentials.set(keyOf(key), {
          ...rest,
          ...(dropAccess ? {} : { accessToken, expiresAt }),
          ...(dropRefresh ? {} : { refreshToken })
        })
      }),
    forgetCredentials: (key) => Effect.sync(() => void credentials.delete(keyOf(key))),
    exclusively: makeQueue(),
    findRegistration: (issuer) => Effect.sync(() => registrations.get(issuer)),
    saveRegistration: (registration) => Effect.sync(() => void registrations.set(registration.issuer, registration)),
    forgetRegistration: (issuer, clientId) =>
      Effect.sync(() => {
        if (registrations.get(issuer)?.clientId === clientId) registrations.delete(issuer)
      })
  }
}
