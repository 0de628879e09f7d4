// The servers that are compared.
import { SCOPE } from "./contest.ts"

/** A server of the comparison. */
export interface Contestant {
  readonly label: string
  readonly program: string
  readonly environment?: NodeJS.ProcessEnv
  /** How its clients authenticate. */
  readonly authentication: "client_secret_basic" | "client_secret_post"
  /** What its access tokens are. */
  readonly tokens: "jwt" | "opaque"
  readonly scopes: ReadonlyArray<string>
  readonly ours?: boolean
}

const ours = (store: string, label: string): Contestant => ({
  label: `ours, ${label}`,
  program: "ours.ts",
  // In production it refuses a store that forgets.
  environment: { BENCH_STORE: store, NODE_ENV: "" },
  authentication: "client_secret_basic",
  tokens: "jwt",
  scopes: [SCOPE],
  ours: true
})

const peer = (program: string, label: string): Contestant => ({
  label,
  program,
  authentication: "client_secret_basic",
  tokens: "jwt",
  scopes: [SCOPE]
})

export const CONTESTANTS = {
  memory: ours("memory", "in memory"),
  process: ours("process", "SQLite, durability `process`"),
  power: ours("power", "SQLite, durability `power`"),
  oidcProvider: peer("oidc-provider.ts", "oidc-provider, a `Map`"),
  // It gives a refresh token with this scope alone.
  betterAuth: { ...peer("better-auth.ts", "better-auth, SQLite in memory"), scopes: [SCOPE, "offline_access"] },
  workers: { ...peer("workers-oauth-provider.ts", "workers-oauth-provider, a `Map`"), tokens: "opaque" },
  sdk: { ...peer("mcp-auth-router.ts", "SDK 1.x `mcpAuthRouter`, a `Map`"), authentication: "client_secret_post" },
  bare: peer("bare.ts", "bare `node:http`, a `Map`")
} as const satisfies Readonly<Record<string, Contestant>>

export type Name = keyof typeof CONTESTANTS
export const NAMES = Object.keys(CONTESTANTS) as ReadonlyArray<Name>
export const contestant = (name: Name): Contestant => CONTESTANTS[name]
