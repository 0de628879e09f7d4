import type { Parameters } from "@postern/messages"

/** An authorization server in memory. */
export interface Personality {
  /** As the metadata of an MCP server has to name it. */
  readonly issuer: string
  /** Whose requests it answers. */
  readonly origins: ReadonlyArray<string>
  /** Answers a request to one of its origins. A user who is sent to its authorization endpoint says yes at once. */
  readonly fetch: (request: Request) => Promise<Response>
  /** What an access token of its is worth; `undefined` for one that it did not issue, or that has ended. */
  readonly inspect: (accessToken: string) => AccessFacts | undefined
  /** Makes every access token that it issued end now; refresh tokens go on. */
  readonly endAccessTokens: () => void
}

/** What stands behind an access token. */
export interface AccessFacts {
  /** Who may take it; empty where the provider has no audiences, and whoever knows its tokens takes them. */
  readonly audience: ReadonlyArray<string>
  readonly scope: ReadonlyArray<string>
  readonly clientId: string
}

/** A client that was registered beforehand. */
export interface TestClient {
  readonly clientId: string
  /** Sent by Basic or in the form; a public client has none. */
  readonly clientSecret?: string | undefined
  /** One at least. */
  readonly redirectUris: ReadonlyArray<string>
}

/** What every personality can be told. */
export interface PersonalityOptions {
  /**
   * Those that are registered beforehand. Unless told there are two at `http://127.0.0.1:3999/callback`: the public client
   * `test-client` and `test-client-with-secret`, whose secret is `test-secret`. Google, GitHub and Slack have no public clients: there is
   * the second alone, and each that is given has to have a secret.
   */
  readonly clients?: ReadonlyArray<TestClient> | undefined
  /** Seconds since 1970; the clock of the machine unless told. */
  readonly now?: (() => number) | undefined
}

/** Why an endpoint says no (RFC 6749 sections 4.1.2.1 and 5.2). */
export interface Refusal {
  readonly error: string
  readonly description?: string | undefined
}

/** What was asked of an endpoint. */
export interface AskedFor {
  readonly clientId: string
  readonly scope: ReadonlyArray<string>
  readonly resources: ReadonlyArray<string>
  readonly parameters: Parameters
}

/** What a token endpoint answers: an object that becomes JSON. */
export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** How a provider differs from a strict authorization server; without an entry it does not. */
export interface Character {
  readonly issuer: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly registrationEndpoint?: string | undefined
  /** Where its metadata stands; elsewhere there is nothing. */
  readonly metadataUrls: ReadonlyArray<string>
  /** Changes the document; a member that becomes `undefined` is not in it. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** `iss` of its authorization responses; `null`: there is none. The issuer, unless told. */
  readonly callbackIssuer?: string | null | undefined
  /** Whether there may be clients without a secret; true unless told. */
  readonly hasPublicClients?: boolean | undefined
  /** What it refuses beyond what every server does, at either endpoint. */
  readonly refuses?: ((request: AskedFor, endpoint: "authorization" | "token") => Refusal | undefined) | undefined
  /** Who a token is for; the resources that were named, unless told. */
  readonly audience?: ((request: AskedFor) => ReadonlyArray<string>) | undefined
  /** Whether a redirect URI is one of those that are registered; exactly, but for the port on loopback, unless told. */
  readonly takesRedirectUri?: ((registered: ReadonlyArray<string>, redirectUri: string) => boolean) | undefined
  /** Whether a refresh token is issued; true unless told. */
  readonly issuesRefreshToken?: ((request: AskedFor) => boolean) | undefined
  /** Whether a refresh token is replaced when it is used; true unless told. */
  readonly rotatesRefreshTokens?: boolean | undefined
  /** Refuses to register a client that describes itself so. */
  readonly refusesRegistration?: ((description: Readonly<Record<string, unknown>>) => Response | undefined) | undefined
  /** Whether every client that is registered gets a secret, and needs it, whatever it asked for; false unless told. */
  readonly alwaysGivesSecret?: boolean | undefined
  /** What the token endpoint answers instead. */
  readonly answer?: ((answer: TokenAnswer) => TokenAnswer) | undefined
}
