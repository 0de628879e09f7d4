import type { AuthorizationServerOptions } from "./options.ts"

/** The options by name: `true` is a value that is not looked into, `[…]` a list of, `{ "*": … }` a record of. */
type Shape = true | { readonly [key: string]: Shape } | readonly [Shape]

const SHAPE: { readonly [Key in keyof Required<AuthorizationServerOptions>]: Shape } = {
  issuer: true,
  resources: [
    {
      resource: true,
      name: true,
      scopes: { "*": { description: true, administratorsOnly: true } },
      defaultScope: true
    }
  ],
  store: true,
  keys: [{ kid: true, alg: true, privateKey: true }],
  people: true,
  pages: true,
  clients: [
    {
      clientId: true,
      name: true,
      redirectUris: true,
      tokenEndpointAuthMethod: true,
      secretHash: true,
      jwks: true,
      jwksUri: true,
      tokenEndpointAuthSigningAlg: true,
      grantTypes: true,
      applicationType: true,
      clientUri: true,
      logoUri: true,
      policyUri: true,
      tosUri: true,
      scope: true,
      dpopBoundAccessTokens: true
    }
  ],
  registration: {
    documents: { transport: true, keySetTransport: true, logoTransport: true, hosts: true, staleSeconds: true },
    dynamic: { maximumClients: true, initialAccessTokens: [{ hash: true, expiresAt: true }], required: true },
    privateUseSchemes: true
  },
  tokenEndpointAuthMethods: true,
  relax: [{ client: true, allow: true, reason: true }],
  lifetimes: {
    code: true,
    accessToken: true,
    refreshToken: true,
    grant: true,
    consent: true,
    interaction: true,
    session: true,
    refreshReplay: true
  },
  rates: { tokens: true, authorizations: true, revocations: true },
  introspection: [{ clientId: true, resources: true }],
  audienceGroups: [{ name: true, resources: true }],
  dpop: { algorithms: true, nonces: { secret: true, lifetimeSeconds: true } },
  onEvent: true
}

/** The path of the first key that is no option, or `undefined`: a misspelt option must not be one that is silently off. */
export const findUnknownKey = (options: unknown): string | undefined => search(options, SHAPE, "")

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape)

const search = (value: unknown, shape: Shape, path: string): string | undefined => {
  if (shape === true || typeof value !== "object" || value === null) return undefined
  if (isList(shape)) {
    // An option that may be a list or an object: the object has its own check.
    if (!Array.isArray(value)) return undefined
    const found = value.map((entry: unknown, index) => search(entry, shape[0], `${path}[${index}]`))
    return found.find((key) => key !== undefined)
  }
  for (const [key, entry] of Object.entries(value)) {
    const below = path === "" ? key : `${path}.${key}`
    const next = shape["*"] ?? (Object.hasOwn(shape, key) ? shape[key] : undefined)
    if (next === undefined) return below
    const found = search(entry, next, below)
    if (found !== undefined) return found
  }
  return undefined
}
