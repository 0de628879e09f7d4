import { ListenFailed, receiveRedirect, type RedirectReceiver } from "@postern/node"
import * as Effect from "effect/Effect"
import type { AsideStore } from "./aside-store.ts"

/**
 * Listens on the port that the command line names, or else on that of the redirect URI that is registered at an issuer: not every
 * server ignores the port of a loopback redirect, as RFC 8252 section 7.3 wants. Where another program has the registered one,
 * the registration is set aside, so that the flow registers again with the port that it gets.
 */
export const listenForRedirect = async (
  { setAside, store }: AsideStore,
  { issuer, port: named }: { readonly issuer: string | undefined; readonly port: number | undefined }
): Promise<RedirectReceiver> => {
  if (named !== undefined) return Effect.runPromise(receiveRedirect({ port: named }))
  const registration = issuer === undefined ? undefined : await Effect.runPromise(store.findRegistration(issuer))
  const port = registration === undefined ? 0 : portOf(registration.redirectUris)
  if (registration === undefined || port === 0) return Effect.runPromise(receiveRedirect())
  try {
    return await Effect.runPromise(receiveRedirect({ port }))
  } catch (error) {
    if (!(error instanceof ListenFailed)) throw error
    setAside(registration.issuer)
    return Effect.runPromise(receiveRedirect())
  }
}

const portOf = (redirectUris: ReadonlyArray<string>): number =>
  Math.max(0, ...redirectUris.map((uri) => Number(URL.parse(uri)?.port ?? 0)))
