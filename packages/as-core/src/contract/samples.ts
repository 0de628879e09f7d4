import * as Effect from "effect/Effect"
import type {
  Client,
  Code,
  Consent,
  Grant,
  Interaction,
  RefreshToken,
  Registration,
  Session,
  Store,
  StoreFailed
} from "../store.ts"

/** The time of every check: seconds since 1970. */
export const now = 1_800_000_000

export const sampleClient = (clientId: string): Client => ({
  clientId,
  origin: "registered",
  name: "Näme \u{1F511} \"quoted\" 'and' \\ escaped",
  redirectUris: ["http://127.0.0.1/callback", "https://client.example/cb?a=1&b=%20"],
  tokenEndpointAuthMethod: "client_secret_basic",
  secretHash: "hash-of-secret",
  grantTypes: ["authorization_code", "refresh_token"],
  applicationType: "web",
  clientUri: "https://client.example/",
  logoUri: "https://client.example/logo",
  policyUri: "https://client.example/policy",
  tosUri: "https://client.example/tos",
  scope: ["notes:read", "notes:write"],
  createdAt: now
})

/** A client that authenticates by a key that it published. */
export const sampleKeyClient = (clientId: string): Client => ({
  ...sampleBareClient(clientId),
  tokenEndpointAuthMethod: "private_key_jwt",
  jwks: {
    keys: [
      { kty: "EC", crv: "P-256", x: "x", y: "y", kid: 'kid "one"', alg: "ES256" },
      { kty: "OKP", crv: "Ed25519", x: "x" }
    ]
  },
  tokenEndpointAuthSigningAlg: "ES256",
  grantTypes: ["client_credentials"],
  dpopBoundAccessTokens: true
})

/** A registration with none of the members that may be absent. */
export const sampleRegistration = (
  clientId: string,
  changes: Partial<Registration> & { readonly createdAt?: number } = {}
): Registration => {
  const { createdAt = now, ...rest } = changes
  return { client: { ...sampleBareClient(clientId), origin: "registered", createdAt }, ...rest }
}

/** A client with none of the members that may be absent. */
export const sampleBareClient = (clientId: string): Client => ({
  clientId,
  origin: "document",
  name: "",
  redirectUris: [],
  tokenEndpointAuthMethod: "none",
  grantTypes: ["authorization_code"],
  applicationType: "native",
  createdAt: now
})

export const sampleSession = (idHash: string, subject = "alice"): Session => ({
  idHash,
  subject,
  authenticatedAt: now,
  expiresAt: now + 3600
})

export const sampleInteraction = (idHash: string, sessionHash: string): Interaction => ({
  idHash,
  sessionHash,
  request: {
    client: sampleBareClient("https://client.example/client.json"),
    redirectUri: "https://client.example/cb?a=1&b=%20",
    state: 'state & "more"',
    codeChallenge: "challenge",
    dpopJkt: "thumbprint",
    ask: true,
    resources: ["https://mcp.example/mcp"],
    scope: ["notes:read"]
  },
  expiresAt: now + 600
})

export const sampleGrant = (grantId: string): Grant => ({
  grantId,
  clientId: "client",
  subject: "alice",
  resources: ["https://mcp.example/mcp", "https://mcp.example/other"],
  scope: ["notes:read", "notes:write"],
  createdAt: now,
  expiresAt: now + 86_400
})

export const sampleCode = (codeHash: string, grantId: string): Code => ({
  codeHash,
  grantId,
  clientId: "client",
  redirectUri: "https://client.example/cb",
  codeChallenge: "challenge",
  dpopJkt: "thumbprint",
  expiresAt: now + 60
})

/** The first token of a chain that is named `name`. */
export const sampleToken = (name: string, grantId: string): RefreshToken => ({
  chainHash: `chain-${name}`,
  tokenHash: `token-${name}`,
  grantId,
  clientId: "client",
  jkt: "thumbprint",
  expiresAt: now + 3600
})

type Rotation = Parameters<Store["rotate"]>[0]

/** A rotation of the chain `name` from one token to another; its answer names what it bought. */
export const sampleRotation = (
  name: string,
  from: string,
  to: string,
  changes: {
    readonly now?: number
    readonly binding?: string
    readonly until?: number
    readonly expiresAt?: number
    readonly jkt?: string
  } = {}
): Rotation => ({
  chainHash: `chain-${name}`,
  tokenHash: from,
  next: { tokenHash: to, expiresAt: changes.expiresAt ?? now + 3600, jkt: changes.jkt },
  answer: { sealed: `answer ${to}`, binding: changes.binding ?? "binding", until: changes.until ?? now + 10 },
  now: changes.now ?? now
})

export const sampleConsent = (changes: Partial<Consent> = {}): Consent => ({
  subject: "alice",
  clientId: "client",
  resource: "https://mcp.example/mcp",
  scope: ["notes:read"],
  clientHash: "hash-of-client",
  expiresAt: now + 86_400,
  ...changes
})

/** A grant and its code, as they arrive: by the approval of an interaction. */
export const approveSample = (
  store: Store,
  name: string,
  changes: {
    readonly grant?: Partial<Grant>
    readonly code?: Partial<Code>
    readonly consents?: ReadonlyArray<Consent>
  } = {}
): Effect.Effect<{ readonly grant: Grant; readonly code: Code }, StoreFailed> =>
  Effect.gen(function* () {
    const sessionHash = `session-${name}`
    const grant = { ...sampleGrant(`grant-${name}`), ...changes.grant }
    const code = { ...sampleCode(`code-${name}`, grant.grantId), clientId: grant.clientId, ...changes.code }
    const { subject } = grant
    const { consents = [] } = changes
    yield* store.addSession(sampleSession(sessionHash, subject))
    yield* store.addInteraction(sampleInteraction(`interaction-${name}`, sessionHash), { maximum: 1000 })
    yield* store.approve({ interactionHash: `interaction-${name}`, sessionHash, grant, code, consents, now })
    return { grant, code }
  })

/** An approved grant whose code was redeemed for a refresh token. */
export const redeemSample = (
  store: Store,
  name: string,
  changes: {
    readonly grant?: Partial<Grant>
    readonly token?: Partial<RefreshToken>
    readonly consents?: ReadonlyArray<Consent>
  } = {}
): Effect.Effect<{ readonly grant: Grant; readonly code: Code; readonly token: RefreshToken }, StoreFailed> =>
  Effect.gen(function* () {
    const { token: tokenChanges, ...approval } = changes
    const { grant, code } = yield* approveSample(store, name, approval)
    const token = { ...sampleToken(name, grant.grantId), clientId: grant.clientId, ...tokenChanges }
    yield* store.redeem({ codeHash: code.codeHash, refreshToken: token, now })
    return { grant, code, token }
  })

/** Runs the same thing many times at once. */
export const atOnce = <A>(
  times: number,
  run: (index: number) => Effect.Effect<A, StoreFailed>
): Effect.Effect<ReadonlyArray<A>, StoreFailed> =>
  Effect.all(
    Array.from({ length: times }, (_, index) => run(index)),
    { concurrency: "unbounded" }
  )
