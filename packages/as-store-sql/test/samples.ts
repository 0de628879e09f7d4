import * as Effect from "effect/Effect"
import type { RefreshToken, Store } from "@postern/as-core"

export const now = 1_800_000_000

export const sampleClient = {
  clientId: "client",
  origin: "registered",
  name: "A client",
  redirectUris: ["http://127.0.0.1/callback"],
  tokenEndpointAuthMethod: "none",
  grantTypes: ["authorization_code", "refresh_token"],
  applicationType: "native",
  createdAt: now
} as const

/** A grant with a code, both named `name`, as an approval makes them. */
export const approve = (store: Store, name: string, hashes = { session: `${name}-session`, code: `${name}-code` }) =>
  Effect.gen(function* () {
    yield* store.addSession({ idHash: hashes.session, subject: "alice", authenticatedAt: now, expiresAt: now + 3600 })
    const request = {
      client: { ...sampleClient, origin: "configured" as const },
      redirectUri: "http://127.0.0.1:1/callback",
      codeChallenge: "challenge",
      resources: ["https://mcp.example/mcp"],
      scope: ["notes:read"]
    }
    yield* store.addInteraction(
      { idHash: `${name}-interaction`, sessionHash: hashes.session, request, expiresAt: now + 600 },
      { maximum: 10_000 }
    )
    const outcome = yield* store.approve({
      interactionHash: `${name}-interaction`,
      sessionHash: hashes.session,
      grant: {
        grantId: name,
        clientId: "client",
        subject: "alice",
        resources: ["https://mcp.example/mcp"],
        scope: ["notes:read"],
        createdAt: now,
        expiresAt: now + 86_400
      },
      code: {
        codeHash: hashes.code,
        grantId: name,
        clientId: "client",
        redirectUri: "http://127.0.0.1:1/callback",
        codeChallenge: "challenge",
        expiresAt: now + 60
      },
      consents: [],
      now
    })
    return outcome
  })

/** A refresh token under a name. */
export const token = (chainHash: string, tokenHash: string, grantId: string): RefreshToken => ({
  chainHash,
  tokenHash,
  grantId,
  clientId: "client",
  expiresAt: now + 3600
})

/** A grant whose code was redeemed: its refresh token is `NAME-token`, under the name `NAME-chain`. */
export const redeem = (store: Store, name: string) =>
  approve(store, name).pipe(
    Effect.andThen(
      store.redeem({
        codeHash: `${name}-code`,
        refreshToken: token(`${name}-chain`, `${name}-token`, name),
        now
      })
    )
  )

/** A rotation of the chain `NAME-chain`, whose answer names what it bought. */
export const rotation = (
  name: string,
  from: string,
  to: string,
  changes: { readonly until?: number; readonly now?: number } = {}
): Parameters<Store["rotate"]>[0] => ({
  chainHash: `${name}-chain`,
  tokenHash: from,
  next: { tokenHash: to, expiresAt: now + 3600 },
  answer: { sealed: `answer ${to}`, binding: "binding", until: changes.until ?? now + 10 },
  now: changes.now ?? now
})
