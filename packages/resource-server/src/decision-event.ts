import type { VerifiedToken } from "@postern/jwt-verify"
import type { Operation } from "@postern/scope"
import { refusalFacts } from "./refusal-facts.ts"
import type { Refusal } from "./rejections.ts"

/** What was decided about one request, for any logger; no token is in it, and no text of an error. */
export interface DecisionEvent {
  readonly type: "guard.decision"
  readonly outcome: "accepted" | "refused"
  readonly resource: string
  /** Why it was refused. */
  readonly rejection?: Refusal["_tag"]
  /** The claim that was missing or wrong, by its name: which setting of the provider, or of `tokens`, to look at. */
  readonly claim?: string
  /** What about it, where one rejection has several reasons: `"other"` or `"foreign"` of an audience, for example. */
  readonly reason?: string
  /** What the refusal was answered with. */
  readonly status?: number
  /** Of a token that was good; of the configuration, where keys or an answer could not be had. */
  readonly issuer?: string
  readonly clientId?: string
  readonly subject?: string
  /** For example `"tools/call read_notes"`; sixteen of them, of 200 characters each, at most. */
  readonly operations: ReadonlyArray<string>
  readonly durationMillis: number
}

/** What an event and a span tell of a decision. */
export interface Decision {
  readonly refusal: Refusal | undefined
  readonly status: number | undefined
  readonly token: VerifiedToken | undefined
  readonly operations: ReadonlyArray<Operation>
  readonly durationMillis: number
}

const MAXIMUM_OPERATIONS = 16
const MAXIMUM_CHARACTERS = 200

// Control characters, the line separators that some readers take for the end of a record, and what turns the direction of text.
const UNSHOWN = /[\p{Cc}\p{Surrogate}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
// Nearly every text; a test costs a tenth of the search.
const PLAIN = /^[\x20-\x7e]*$/

const escape = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`

/** A text that others chose, fit for a line of a log. */
const shown = (text: string): string => {
  const short = text.length > MAXIMUM_CHARACTERS ? text.slice(0, MAXIMUM_CHARACTERS) : text
  return PLAIN.test(short) ? short : short.replaceAll(UNSHOWN, escape).slice(0, MAXIMUM_CHARACTERS)
}

const nameOf = (operation: Operation): string => {
  switch (operation.kind) {
    case "tool":
      return shown(`tools/call ${operation.name}`)
    case "prompt":
      return shown(`prompts/get ${operation.name}`)
    case "resource":
      return shown(`resources/read ${operation.name}`)
    case "method":
      return shown(operation.name)
    case "session":
    case "response":
      return operation.kind
  }
}

// A verifier that is given may say what it likes.
const factsOf = (refusal: Refusal): Pick<DecisionEvent, "claim" | "reason" | "issuer"> => {
  const { claim, issuer, reason } = refusalFacts(refusal)
  return {
    ...(claim !== undefined && { claim: shown(claim) }),
    ...(reason !== undefined && { reason: shown(reason) }),
    ...(issuer !== undefined && { issuer: shown(issuer) })
  }
}

/** The event of a decision. */
export const toEvent = (resource: string, decision: Decision): DecisionEvent => {
  const { durationMillis, operations, refusal, status, token } = decision
  const named = operations.length > MAXIMUM_OPERATIONS ? operations.slice(0, MAXIMUM_OPERATIONS) : operations
  const shownOperations = named.map(nameOf)
  // Most of them; putting an object together from parts costs more than all of its texts.
  if (refusal === undefined && status === undefined && token !== undefined) {
    const { clientId, issuer, subject } = token
    return {
      type: "guard.decision",
      outcome: "accepted",
      resource,
      issuer: shown(issuer),
      clientId: shown(clientId),
      subject: shown(subject),
      operations: shownOperations,
      durationMillis
    }
  }
  return {
    type: "guard.decision",
    outcome: refusal === undefined ? "accepted" : "refused",
    resource,
    ...(refusal && { rejection: refusal._tag, ...factsOf(refusal) }),
    ...(status !== undefined && { status }),
    ...(token && { issuer: shown(token.issuer), clientId: shown(token.clientId), subject: shown(token.subject) }),
    operations: shownOperations,
    durationMillis
  }
}
