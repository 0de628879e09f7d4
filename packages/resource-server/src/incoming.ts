import type { Actor, VerifiedToken } from "@postern/jwt-verify"
import type { Operation, ScopeSet } from "@postern/scope"
import type { Refusal } from "./rejections.ts"

/** What comes before the body of a request, whatever the platform calls it. */
export interface Head {
  readonly method: string
  /** Path and query as they came. */
  readonly target: string
  /** Value of a header, name in lower case; several lines joined by ", " (two Authorization lines too); null when absent. */
  readonly header: (name: string) => string | null
}

/** A finished answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** What the bytes of a body are, or what went wrong while reading; `undefined`: none was read. */
export type ReadBody = Uint8Array | undefined | "too-large" | "unreadable"

/** What the guard found before the body. */
export type Begun =
  | { readonly _tag: "Finished"; readonly answer: Answer; readonly rejection?: Refusal }
  | {
      readonly _tag: "Pending"
      /** Whether `finish` wants the body, at most `maximumBodyBytes` of it. */
      readonly readsBody: boolean
      readonly maximumBodyBytes: number
      /** `undefined`: no body read (readsBody false); "too-large" / "unreadable": what went wrong while reading. */
      readonly finish: (body: ReadBody) => Access | PublicAccess | Refused
    }

/** A request that may not pass: the finished answer, and why. */
export interface Refused {
  readonly _tag: "Refused"
  readonly answer: Answer
  readonly rejection: Refusal
}

/** Who may do what was asked: facts of a token that was verified, the token itself in none of them. */
export interface Access {
  readonly _tag: "Access"
  readonly subject: string
  readonly clientId: string
  readonly issuer: string
  readonly scope: ScopeSet
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** Who acts for the subject, the current actor first (RFC 8693 section 4.1). */
  readonly actors: ReadonlyArray<Actor>
  readonly token: VerifiedToken
  readonly operations: ReadonlyArray<Operation>
  /** The very message that was judged; `undefined` where there is no body. */
  readonly message: unknown
  /** Whether the token would open this operation as well. */
  readonly can: (operation: Operation) => boolean
}

/** A request without a token that wants nothing but public operations. */
export interface PublicAccess {
  readonly _tag: "PublicAccess"
  readonly operations: ReadonlyArray<Operation>
  readonly message: unknown
  /** Whether this operation needs no token either. */
  readonly can: (operation: Operation) => boolean
}

/** What an adapter does with the handler's answer. */
export interface Outgoing {
  /** Set where the handler set none (CORS); `Vary: Authorization` is appended by the adapter. */
  readonly headers: Readonly<Record<string, string>>
  /** Present when the answer may start a session: call it with the answer's Mcp-Session-Id. */
  readonly startSession?: (id: string) => void
  /** Present when a session was to be ended: call it when the handler's answer says that it was (a 2xx status). */
  readonly endSession?: () => void
  /** When a text/event-stream answer has to end, in milliseconds since 1970. */
  readonly endsAtMillis?: number
  /** Present when the answer is a list to be filtered: the JSON-RPC message in, what may be shown out. */
  readonly filter?: (message: unknown) => unknown
}
