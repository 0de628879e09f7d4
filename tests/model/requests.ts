import type { ClientName, Id, ResourceName } from "./state.ts"

/** Who sends a request for clients, and whether with the right secret. `app` is public and has none. */
export interface By {
  readonly by: ClientName
  readonly wrongSecret?: boolean | undefined
}

/** What a token request asks for: all that was granted where it says nothing. */
export interface Asked {
  readonly resources?: ReadonlyArray<ResourceName> | undefined
  readonly scope?: ReadonlyArray<string> | undefined
}

/** What a browser asks for. */
export interface Wanted {
  readonly client: ClientName
  readonly resources: ReadonlyArray<ResourceName>
  readonly scope: ReadonlyArray<string>
}

/**
 * A request to a server. What it presents is named by the request that it was the answer to: a request waits until that one was
 * answered, and is not sent where the answer was another one.
 */
export type Request =
  /** The consent page, whatever was allowed before. */
  | ({ readonly kind: "open" } & Wanted)
  /** The user says yes on that page. */
  | { readonly kind: "approve"; readonly page: Id }
  /** A code by what was allowed before, without a page. */
  | ({ readonly kind: "authorize" } & Wanted)
  | ({ readonly kind: "redeem"; readonly code: Id; readonly wrongVerifier?: boolean | undefined } & By &
      Pick<Asked, "resources">)
  | ({ readonly kind: "refresh"; readonly token: Id } & By & Asked)
  | ({ readonly kind: "revoke"; readonly token: Id; readonly what: "access" | "refresh" } & By)
  | { readonly kind: "introspect"; readonly token: Id }
  /** The user takes back what they allowed a client. */
  | { readonly kind: "endConsents"; readonly client: ClientName }
  /** What expired is removed. */
  | { readonly kind: "purge" }

/** The three processes, and `P`: one that did its work before they began. */
export type Actor = "P" | "A" | "B" | "C"

/**
 * One step. `begin`: a process reads and decides, and stops before the transaction; `go`: the transaction, and the answer;
 * `lose`: the transaction, and the process dies before it answers; `crash`: it dies before the transaction.
 */
export type Step =
  | { readonly do: "begin"; readonly actor: Actor; readonly id: Id; readonly request: Request }
  | { readonly do: "go" | "lose" | "crash"; readonly actor: Actor }
  | { readonly do: "tick"; readonly seconds: number }

/** The id of the request whose answer a request presents. */
export const needs = (request: Request): Id | undefined => {
  switch (request.kind) {
    case "approve":
      return request.page
    case "redeem":
      return request.code
    case "refresh":
    case "revoke":
    case "introspect":
      return request.token
    case "open":
    case "authorize":
    case "endConsents":
    case "purge":
      return undefined
  }
}

/** A step, for whoever reads of a failure. */
export const formatStep = (step: Step): string => {
  switch (step.do) {
    case "tick":
      return `time passes: ${step.seconds} s`
    case "begin": {
      const { kind, ...rest } = step.request
      return `${step.id} reads: ${kind} ${JSON.stringify(rest)}`
    }
    case "go":
      return `${step.actor} commits and answers`
    case "lose":
      return `${step.actor} commits and dies`
    case "crash":
      return `${step.actor} dies`
  }
}
