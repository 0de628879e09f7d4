import type { CredentialStore, StoredRegistration } from "@postern/client-flow"
import * as Effect from "effect/Effect"

/** A store, and a way to do without the registration that it holds for an issuer. */
export interface AsideStore {
  readonly store: CredentialStore
  /**
   * From here on the kept registration of this issuer is not seen. A new one is written in its place together with the first
   * credentials that it got, so that a login which is given up changes nothing.
   */
  readonly setAside: (issuer: string) => void
}

/** Makes such a store of another. What is set aside is so for this store alone: other programs see what is kept. */
export const makeAsideStore = (kept: CredentialStore): AsideStore => {
  /** By issuer, what takes the place of the kept registration; `undefined` as long as nothing does. */
  const aside = new Map<string, StoredRegistration | undefined>()
  const store: CredentialStore = {
    ...kept,
    findRegistration: (issuer) =>
      Effect.suspend(() => (aside.has(issuer) ? Effect.succeed(aside.get(issuer)) : kept.findRegistration(issuer))),
    saveRegistration: (registration) =>
      Effect.suspend(() =>
        aside.has(registration.issuer)
          ? Effect.sync(() => void aside.set(registration.issuer, registration))
          : kept.saveRegistration(registration)
      ),
    forgetRegistration: (issuer, clientId) =>
      Effect.suspend(() =>
        aside.get(issuer)?.clientId === clientId
          ? Effect.sync(() => void aside.set(issuer, undefined))
          : kept.forgetRegistration(issuer, clientId)
      ),
    saveCredentials: (credentials) =>
      Effect.suspend(() => {
        const { clientId, issuer } = credentials
        const registration = aside.get(issuer)
        if (registration?.clientId !== clientId) return kept.saveCredentials(credentials)
        return kept.saveRegistration(registration).pipe(
          Effect.tap(() => Effect.sync(() => aside.delete(issuer))),
          Effect.andThen(kept.saveCredentials(credentials))
        )
      })
  }
  return { store, setAside: (issuer) => void aside.set(issuer, undefined) }
}
