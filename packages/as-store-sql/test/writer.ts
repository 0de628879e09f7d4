// A process of its own that writes as fast as it can until somebody kills it, and reports what it was answered.
import * as Effect from "effect/Effect"
import { openSqliteStore } from "@postern/as-store-sql"

const [, , path = "", prefix = ""] = process.argv
const now = 1_800_000_000

const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))

const flow = (name: string) =>
  Effect.gen(function* () {
    const token = (step: number) => ({
      tokenHash: `${name}-token-${step}`,
      grantId: name,
      clientId: "client",
      expiresAt: now + 3600
    })
    const session = { idHash: name, subject: "alice", expiresAt: now + 3600 }
    const request = {
      client: {
        clientId: "client",
        origin: "configured",
        name: "client",
        redirectUris: [],
        tokenEndpointAuthMethod: "none",
        grantTypes: ["authorization_code"],
        applicationType: "native",
        createdAt: now
      },
      redirectUri: "http://127.0.0.1/callback",
      codeChallenge: "challenge",
      resources: [],
      scope: []
    } as const
    yield* store.addSession(session)
    yield* store.addInteraction(
      { idHash: name, sessionHash: name, request, expiresAt: now + 600 },
      { maximum: 1_000_000 }
    )
    yield* store.approve({
      interactionHash: name,
      sessionHash: name,
      grant: {
        grantId: name,
        clientId: "client",
        subject: "alice",
        resources: [],
        scope: [],
        createdAt: now,
        expiresAt: now + 86_400
      },
      code: {
        codeHash: `${name}-code`,
        grantId: name,
        clientId: "client",
        redirectUri: "",
        codeChallenge: "",
        expiresAt: now + 60
      },
      now
    })
    process.send?.({ name, step: "approved" })
    yield* store.redeem({ codeHash: `${name}-code`, refreshToken: token(0), now })
    process.send?.({ name, step: "redeemed" })
    yield* store.rotate({ tokenHash: `${name}-token-0`, next: token(1), now })
    process.send?.({ name, step: "rotated" })
  })

process.send?.("ready")
for (let batch = 0; ; batch++) {
  await Effect.runPromise(
    Effect.all(
      Array.from({ length: 4 }, (_, index) => flow(`${prefix}-${batch}-${index}`)),
      { concurrency: "unbounded" }
    )
  )
}
