/**
 * What the model knows. It is plain data that never changes: a step makes a new state, and two states are the same when
 * their JSON is. Everything is named by the request that made it: request `A0` makes the grant, the code and the tokens `A0`.
 * Times are seconds since the trace began.
 */

export type ClientName = "app" | "web"
export type ResourceName = "notes" | "mail" | "files"
/** The id of a request: who sends it and the how manieth of theirs it is. */
export type Id = string
export type Table<A> = Readonly<Record<string, A>>

/** Every lifetime of the model and of the servers that it is compared with, in seconds. */
export const LIFETIMES = {
  code: 60,
  accessToken: 100,
  refreshToken: 1200,
  grant: 2000,
  consent: 3000,
  interaction: 600,
  session: 100_000,
  refreshReplay: 10
} as const
/** By how much clocks may differ: what expired stays for so much longer. */
export const TOLERANCE = 300

/** The scopes of each resource. */
export const SCOPES: Readonly<Record<ResourceName, ReadonlyArray<string>>> = {
  notes: ["notes:read", "notes:write"],
  mail: ["mail:read"],
  files: ["files:read"]
}
/** The one group of resources that one token may be for. */
export const GROUP: ReadonlyArray<ResourceName> = ["notes", "mail"]

export interface Rights {
  readonly resources: ReadonlyArray<ResourceName>
  readonly scope: ReadonlyArray<string>
}
export interface Page extends Rights {
  readonly client: ClientName
  readonly expiresAt: number
}
export interface Grant extends Rights {
  readonly client: ClientName
  readonly expiresAt: number
  readonly ended: boolean
}
export interface Code {
  readonly used: boolean
  readonly expiresAt: number
}
/** The refresh tokens of a grant. */
export interface Chain {
  readonly live: Id
  readonly expiresAt: number
  /** The one before it, whose answer is given again to whoever asks the same before `until`. */
  readonly previous?: { readonly token: Id; readonly binding: string; readonly until: number } | undefined
}
export interface Consent {
  readonly scope: ReadonlyArray<string>
  readonly expiresAt: number
}

/** What lies in the store. */
export interface Held {
  readonly pages: Table<Page>
  /** By client and resource. */
  readonly consents: Table<Consent>
  readonly grants: Table<Grant>
  /** By grant: each has one. */
  readonly codes: Table<Code>
  /** By grant. */
  readonly chains: Table<Chain>
  /** Access tokens that were revoked alone, and until when that is remembered. */
  readonly remembered: Table<number>
}

/** What was given out: nothing of it is in the store. */
export interface AccessToken extends Rights {
  readonly grant: Id
  readonly client: ClientName
  readonly issuedAt: number
  readonly expiresAt: number
}

/** What a request was answered with. `crashed`: with nothing, and nobody knows what became of it. */
export type Answer =
  | { readonly tag: "page" | "gone" | "done" | "crashed" }
  | { readonly tag: "code"; readonly code: Id }
  /** `tokens`: the id of the request that they were made for, another one where the answer is given again. */
  | { readonly tag: "tokens"; readonly tokens: Id }
  | { readonly tag: "introspected"; readonly active: boolean }
  /** `replay`: the operator was told of one. */
  | { readonly tag: "refused"; readonly error: string; readonly replay: boolean }

/** What happened so far, as whoever watched from outside would tell it: the invariants are about this. */
export interface History {
  /** How many sets of tokens each code bought. */
  readonly bought: Table<number>
  /** What was used up or ended: `code g`, `refresh r`, `page p`, `grant g`, `access a`. */
  readonly consumed: ReadonlyArray<string>
  /** Grants whose end was answered: a revocation, a replay, or the end of the consents. */
  readonly revoked: ReadonlyArray<Id>
  /** The scope that the user allowed for each grant, at its resources. */
  readonly consented: Table<Rights>
  /** What the user allowed a client and did not take back, by client and resource. */
  readonly allowed: Table<ReadonlyArray<string>>
}

export interface State {
  readonly now: number
  readonly held: Held
  readonly access: Table<AccessToken>
  /** The grant of each refresh token. */
  readonly refresh: Table<Id>
  readonly answers: Table<Answer>
  readonly pending: Table<Pending>
  readonly history: History
}

/** What a process will do next, decided from what it has read. */
export type Plan =
  | { readonly do: "approve"; readonly page: Id; readonly rights: Rights; readonly client: ClientName }
  | { readonly do: "approveByConsent"; readonly rights: Rights; readonly client: ClientName; readonly covered: boolean }
  | { readonly do: "redeem"; readonly grant: Id; readonly rights: Rights | undefined; readonly read: Code }
  | {
      readonly do: "rotate"
      readonly grant: Id
      readonly token: Id
      readonly rights: Rights
      readonly binding: string
      readonly read: Chain
    }
  | { readonly do: "endGrant"; readonly grant: Id; readonly replay: boolean }
  | { readonly do: "remember"; readonly access: Id; readonly until: number }
  | { readonly do: "isRemembered"; readonly access: Id }

export interface Pending {
  readonly id: Id
  readonly plan: Plan
  /** The time that the process read before it decided. */
  readonly now: number
  /** The grants whose end had been answered when the request began. */
  readonly revoked: ReadonlyArray<Id>
}

export const EMPTY: State = {
  now: 0,
  held: { pages: {}, consents: {}, grants: {}, codes: {}, chains: {}, remembered: {} },
  access: {},
  refresh: {},
  answers: {},
  pending: {},
  history: { bought: {}, consumed: [], revoked: [], consented: {}, allowed: {} }
}

/** A table with one value more, its keys in order, so that the same state has the same JSON. */
export const put = <A>(table: Table<A>, key: string, value: A): Table<A> =>
  Object.fromEntries([...Object.entries(table).filter(([other]) => other !== key), [key, value] as const].sort(byKey))

export const without = <A>(table: Table<A>, gone: (key: string, value: A) => boolean): Table<A> =>
  Object.fromEntries(Object.entries(table).filter(([key, value]) => !gone(key, value)))

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/** A list as a set: in order, each once. */
export const add = (list: ReadonlyArray<string>, ...more: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set([...list, ...more])].sort()

export const consentKey = (client: ClientName, resource: ResourceName): string => `${client} ${resource}`
