import type { ServerResponse } from "node:http"
import type { Outgoing } from "@postern/resource-server"
import { addHeaders, type GivenHeaders, mediaTypeOf, mergeHeaders, setGiven } from "./answer-headers.ts"
import { endStreamAt } from "./end-stream-at.ts"
import { filterAnswer, headFirst } from "./filter-answer.ts"

const SEAL = Symbol("seal")

interface Seal {
  readonly facts: Outgoing
  /** What `writeHead` was before. */
  readonly writeHead: ServerResponse["writeHead"]
  readonly release: (() => void) | undefined
  isBroken: boolean
}

type Sealed = ServerResponse & { [SEAL]?: Seal }

const followSession = (outgoing: ServerResponse, status: number, { endSession, startSession }: Outgoing): void => {
  if (status < 200 || status > 299) return
  const session = outgoing.getHeader("mcp-session-id")
  if (typeof session === "string") startSession?.(session)
  endSession?.()
}

/** Whether nothing has to be known of an answer, so that the headers that are added to it are all. */
const isPlain = ({ endSession, filter, startSession }: Outgoing): boolean =>
  endSession === undefined && filter === undefined && startSession === undefined

const complete = (outgoing: ServerResponse, status: number, given: GivenHeaders, facts: Outgoing): number => {
  const { endsAtMillis, filter, headers } = facts
  setGiven(outgoing, given)
  addHeaders(outgoing, headers)
  followSession(outgoing, status, facts)
  const shown = filter === undefined ? status : filterAnswer(outgoing, status, filter, headers)
  if (endsAtMillis !== undefined && mediaTypeOf(outgoing) === "text/event-stream") endStreamAt(outgoing, endsAtMillis)
  return shown
}

// One function for all answers: a closure of each answer's own in this place made a request cost half as much again.
function writeSealedHead(this: Sealed, status: number, reason?: string | GivenHeaders, given?: GivenHeaders): Sealed {
  const seal = this[SEAL]
  if (seal === undefined) throw new Error("an answer without a seal has the head of one")
  const { facts, release, writeHead } = seal
  if (seal.isBroken) return Reflect.apply(writeHead, this, [status, reason, given])
  seal.isBroken = true
  release?.()
  if (typeof reason === "string") {
    const shown = complete(this, status, given, facts)
    return Reflect.apply(writeHead, this, shown === status ? [shown, reason] : [shown])
  }
  const merged = isPlain(facts) ? mergeHeaders(this, given ?? reason, facts.headers) : undefined
  if (merged !== undefined) return Reflect.apply(writeHead, this, [status, merged])
  return Reflect.apply(writeHead, this, [complete(this, status, given ?? reason, facts)])
}

/**
 * Completes a handler's answer at the moment when its headers leave, however the handler writes it: what the guard adds,
 * where the handler has not set it; its session; the end of an event stream; the filter of a list.
 */
export const sealAnswer = (outgoing: ServerResponse, facts: Outgoing): void => {
  const sealed: Sealed = outgoing
  const writeHead: ServerResponse["writeHead"] = Reflect.get(outgoing, "writeHead")
  const release = facts.filter === undefined ? undefined : headFirst(outgoing)
  sealed[SEAL] = { facts, writeHead, release, isBroken: false }
  sealed.writeHead = writeSealedHead
}
