import type * as Effect from "effect/Effect"
import { Failure } from "@postern/rejection"

/** The directory of people could not answer. */
export class PeopleFailed extends Failure("PeopleFailed")<{ readonly operation: string }> {
  override get message() {
    return `the directory of people failed at ${this.operation}`
  }
}

/** Somebody who can sign in. */
export interface Person {
  /** Stable and never reassigned: the `sub` of the tokens. */
  readonly subject: string
  readonly name: string
  /** `administrator` may grant the scopes that are kept for administrators. */
  readonly roles: ReadonlyArray<string>
}

/** Where people come from. */
export interface People {
  /** The person with this name and password, or `undefined`; takes the same time for an unknown name. */
  readonly authenticate: (credentials: {
    readonly username: string
    readonly password: string
  }) => Effect.Effect<Person | undefined, PeopleFailed>
  /** The person as of now; `undefined` when gone or disabled. */
  readonly find: (subject: string) => Effect.Effect<Person | undefined, PeopleFailed>
}
