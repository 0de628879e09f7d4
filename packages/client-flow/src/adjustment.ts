import type { Prompt } from "@postern/messages"
import type { GrantType } from "./grant-type.ts"
import type { RegisteredMethod } from "./store.ts"

/**
 * The names of the exceptions that change what is asked of one server, or how its answer is read.
 * - `issuer-of-metadata`: the metadata has this other issuer in it
 * - `issuer-of-callback`: the authorization response has this other issuer as `iss`
 * - `registered-with-secret`: the client is registered as one that has a secret
 * - `resource-omitted`: `resource` is not sent
 * - `scope-prefix`: scopes are sent with a prefix, which is taken off those that are granted
 * - `scope-required`: this scope is asked for where none would be
 * - `scope-with-commas`: the granted scopes are separated by commas
 * - `audience-parameter`: `audience` is sent
 * - `offline-by-parameter`: a refresh token is asked for by `access_type` and not by a scope
 * - `errors-with-200`: errors of the token endpoint come as answers that look like success
 * - `token-of-user`: the token is one of the type `user`, or stands in `authed_user`
 */
export type AdjustmentName =
  | "issuer-of-metadata"
  | "issuer-of-callback"
  | "registered-with-secret"
  | "resource-omitted"
  | "scope-prefix"
  | "scope-required"
  | "scope-with-commas"
  | "audience-parameter"
  | "offline-by-parameter"
  | "errors-with-200"
  | "token-of-user"

/** What is asked of a server, as far as an exception may change it; everything else is out of its reach. */
export interface Asked {
  /** `authorization` at the authorization endpoint, else the grant at the token endpoint. */
  readonly step: "authorization" | GrantType
  /** What the token is for, whether it is sent or not. */
  readonly resource: string | undefined
  readonly scope: ReadonlyArray<string>
  /** What is sent of it. */
  readonly resources: ReadonlyArray<string>
  readonly prompt?: ReadonlyArray<Prompt> | undefined
  /** Beside those that the request has anyway: none of them is replaced. */
  readonly additional?: Readonly<Partial<Record<"audience" | "access_type", string>>> | undefined
}

/** Where an exception takes part. Each gives back what it got where it changes nothing. */
export interface Seams {
  /** The `issuer` in the metadata that was fetched for `issuer`. */
  readonly metadataIssuer?: (found: unknown, issuer: string) => unknown
  /** What `iss` of the authorization response is compared with. */
  readonly callbackIssuer?: (expected: string) => string
  /** How the client is to authenticate, as the registration asks for it. */
  readonly registrationMethod?: (method: RegisteredMethod) => RegisteredMethod
  /** What is asked of it, at either endpoint. */
  readonly ask?: (asked: Asked) => Asked
  /** The error in the JSON that a token endpoint answered with success; `undefined` where there is none. */
  readonly refusal?: (error: string | undefined, json: unknown) => string | undefined
  /** From the JSON of such an answer to the one that RFC 6749 section 5.1 has; `asked` is the scope as the client names it. */
  readonly read?: (json: unknown, resource: string | undefined, asked: ReadonlyArray<string>) => unknown
}

/** An exception that needs more than its name. Only the functions of `@postern/client-flow/exceptions` make one. */
export class Adjustment {
  readonly name: AdjustmentName
  readonly seams: Seams
  constructor(name: AdjustmentName, seams: Seams) {
    this.name = name
    this.seams = seams
  }
}
