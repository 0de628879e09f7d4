import type { PendingRequest } from "../store.ts"

const LOOPBACK_PORT = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)):\d+/

/** The port on loopback is another one each time (RFC 8252 section 7.3). */
const withoutPort = (redirectUri: string): string => redirectUri.replace(LOOPBACK_PORT, "$1")

/**
 * The client as the consent page shows it and where it sends the user, as one text: what a remembered consent hangs on (the
 * SHA-256 of it is `Consent.clientHash`), so that a client that calls itself something else, goes somewhere else or proves
 * itself in another way is asked about again. As JSON, so that no two clients read the same. Its keys are not in it: a page
 * does not show them, and a change of keys is told by whoever had the old ones.
 */
export const clientHashInput = ({ client, redirectUri }: Pick<PendingRequest, "client" | "redirectUri">): string =>
  JSON.stringify([
    "client",
    client.clientId,
    client.origin,
    client.name,
    client.clientUri ?? null,
    client.logoUri ?? null,
    client.policyUri ?? null,
    client.tosUri ?? null,
    client.applicationType,
    client.tokenEndpointAuthMethod,
    client.jwksUri ?? null,
    client.redirectUris,
    withoutPort(redirectUri)
  ])
