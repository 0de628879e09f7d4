import * as Result from "effect/Result"
import * as z from "zod/mini"
import {
  checkListen,
  checkValues,
  ConfigurationInvalid,
  decodeConfiguration as decode,
  listenSchema
} from "@postern/app-program"
import { parseIssuer, parseResource } from "@postern/uri"
import { KEY_PLACE } from "./encryption-keys.ts"
import { PASSWORD_HASH } from "./passwords.ts"

const seconds = z.optional(z.int().check(z.positive()))
const perMinute = seconds
const text = z.string().check(z.minLength(1))

const hash = z.string().check(z.regex(/^[\w-]{43}$/, "a SHA-256 hash as base64url (43 characters)"))

const scope = z.strictObject({
  /** What the consent page says the scope allows. */
  description: text,
  administratorsOnly: z.optional(z.boolean())
})

const resource = z.strictObject({
  resource: text,
  name: z.optional(text),
  scopes: z.record(text, scope),
  /** For a request that names no scope; absent means every scope that is not kept for administrators. */
  defaultScope: z.optional(z.array(text))
})

const method = z.enum(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])

const client = z.strictObject({
  clientId: text,
  name: text,
  redirectUris: z.array(text),
  tokenEndpointAuthMethod: method,
  /** SHA-256 of the secret, base64url: the secret itself does not stand here. */
  secretHash: z.optional(hash),
  /** Public keys for `private_key_jwt`; or where they are, which needs `registration.documents`. */
  jwks: z.optional(z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).check(z.minLength(1)) })),
  jwksUri: z.optional(text),
  tokenEndpointAuthSigningAlg: z.optional(text),
  applicationType: z.optional(z.enum(["native", "web"])),
  /** `client_credentials` is for a client that acts for itself; it needs no redirect URI, and a `scope` as its limit. */
  grantTypes: z.optional(z.array(z.enum(["authorization_code", "refresh_token", "client_credentials"]))),
  /** Every token of it is bound to a key (DPoP). */
  dpopBoundAccessTokens: z.optional(z.boolean()),
  scope: z.optional(z.array(text))
})

const place = z.string().check(z.regex(KEY_PLACE, "`file:PATH` or `env:NAME`"))

const account = z.strictObject({
  username: text,
  subject: text,
  name: text,
  password: z.string().check(z.regex(PASSWORD_HASH, "a hash made by the command `hash-password`, not a password")),
  roles: z._default(z.array(z.enum(["administrator"])), [])
})

const registration = z.strictObject({
  /** Client ID Metadata Documents, and key sets of clients. */
  documents: z.optional(
    z.strictObject({
      /** Hosts whose documents are read, and no others; `*.example.com` stands for every host below it. */
      allowHosts: z.optional(z.array(text)),
      /** Hosts whose documents are not read. */
      denyHosts: z.optional(z.array(text)),
      /** For how many seconds a document counts whose server does not answer; 3600 unless told. */
      staleSeconds: z.optional(z.int().check(z.nonnegative())),
      /** Origins that may lie on private or loopback addresses. */
      operatorOrigins: z.optional(z.array(text)),
      /** PEM file with further trust anchors for fetching documents and key sets. */
      ca: z.optional(text)
    })
  ),
  /** Dynamic registration (RFC 7591). */
  dynamic: z.optional(
    z.strictObject({
      maximumClients: z.optional(z.int().check(z.positive())),
      /** SHA-256 hashes of secrets given to those who may register clients with a secret of their own. */
      initialAccessTokens: z.optional(
        z.array(z.strictObject({ hash, expiresAt: z.optional(z.int().check(z.positive())) }))
      ),
      /** Nobody registers without one of them. */
      required: z.optional(z.boolean())
    })
  ),
  privateUseSchemes: z.optional(z.array(text))
})

const STORE = /^(?:sqlite:.+|postgres(?:ql)?:\/\/.+|postgres:(?:file:.+|env:\w+)|memory:)$/
const STORES = "`sqlite:PATH`, `postgres://…`, `postgres:file:PATH`, `postgres:env:NAME` or `memory:`"

const configuration = z.strictObject({
  issuer: text,
  /** 0 picks a free port, which only makes sense for tests: the issuer has to name it. */
  listen: listenSchema,
  /** `sqlite:PATH`, PostgreSQL by its URL or the place of its URL, or `memory:` for trying things out. */
  store: z.string().check(z.regex(STORE, STORES)),
  /** What survives in SQLite: `power` (the plug, unless told) or `process` (a kill). */
  durability: z.optional(z.enum(["process", "power"])),
  /** The signing keys are in the store, encrypted, and change in time. */
  keys: z.strictObject({
    /** What opens them: `file:PATH`, made at the first start outside of production, or `env:NAME`. */
    encryptionKey: place,
    /** Those that were used before. */
    previousEncryptionKeys: z.optional(z.array(place)),
    algorithm: z.optional(z.enum(["ES256", "EdDSA", "RS256"])),
    rotateAfter: seconds,
    publishAhead: seconds
  }),
  resources: z.array(resource).check(z.minLength(1)),
  clients: z._default(z.array(client), []),
  registration: z._default(registration, {}),
  /** The ways to authenticate that are offered; all unless told. */
  tokenEndpointAuthMethods: z.optional(z.array(method).check(z.minLength(1))),
  /** Who may ask whether a token is active. */
  introspection: z.optional(z.array(z.strictObject({ clientId: text, resources: z.array(text) }))),
  /** Resources whose servers trust each other with one token. */
  audienceGroups: z.optional(z.array(z.strictObject({ name: text, resources: z.array(text) }))),
  /** Tokens bound to a key of the client; `nonceKey` is where 32 random bytes are, the same for all instances. */
  dpop: z.optional(z.strictObject({ nonceKey: z.optional(place) })),
  /** Exceptions from rules, each for one client and with a reason. */
  relax: z.optional(
    z.array(z.strictObject({ client: text, allow: z.enum(["token-endpoint-as-audience"]), reason: text }))
  ),
  accounts: z._default(z.array(account), []),
  lifetimes: z._default(
    z.strictObject({
      code: seconds,
      accessToken: seconds,
      refreshToken: seconds,
      grant: seconds,
      consent: seconds,
      refreshReplay: z.optional(z.int().check(z.nonnegative())),
      interaction: seconds,
      session: seconds
    }),
    {}
  ),
  /** How much may be asked for in a minute before the answer is 429. */
  rates: z._default(z.strictObject({ tokens: perMinute, authorizations: perMinute, revocations: perMinute }), {})
})

/** A checked configuration. */
export type Configuration = z.infer<typeof configuration>
/** What may stand in the file: members with a default may be left out. */
export type ConfigurationInput = z.input<typeof configuration>

/** The configuration's JSON Schema, for editors: `postern-as schema` prints it. */
export const configurationSchema = (): unknown => z.toJSONSchema(configuration, { io: "input" })

/** Checks a parsed configuration file; unknown keys are refused. */
export const decodeConfiguration = (input: unknown): Result.Result<Configuration, ConfigurationInvalid> =>
  Result.gen(function* () {
    const decoded = yield* decode(configuration, input)
    // Before anything is opened or made for them.
    yield* checkValues([
      ["issuer", parseIssuer(decoded.issuer)],
      ...decoded.resources.map(
        ({ resource }, index) => [`resources[${index}].resource`, parseResource(resource)] as const
      )
    ])
    yield* checkAccounts(decoded)
    yield* checkDurability(decoded)
    yield* checkListen(decoded.issuer, decoded.listen)
    return decoded
  })

const checkDurability = ({ durability, store }: Configuration): Result.Result<void, ConfigurationInvalid> =>
  durability !== undefined && store.startsWith("postgres")
    ? Result.fail(
        new ConfigurationInvalid({
          issues: [{ key: "durability", reason: "is for SQLite: a PostgreSQL server has its own" }]
        })
      )
    : Result.void

/** One name and one subject mean one person: of two accounts that share them one would be out of reach, or be the other. */
const checkAccounts = ({ accounts }: Configuration): Result.Result<void, ConfigurationInvalid> => {
  const issues = accounts.flatMap((account, index) =>
    (["username", "subject"] as const).flatMap((member) =>
      accounts.findIndex((other) => other[member] === account[member]) < index
        ? [{ key: `accounts[${index}].${member}`, reason: "is configured twice" }]
        : []
    )
  )
  return issues.length > 0 ? Result.fail(new ConfigurationInvalid({ issues })) : Result.void
}
