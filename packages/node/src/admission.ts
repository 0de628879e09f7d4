import type { IncomingMessage, ServerResponse } from "node:http"
import type { Access, Answer, Begun, Head, PublicAccess } from "@postern/resource-server"
import type { PromiseGuard } from "@postern/resource-server/promise"
import { type IncomingBody, readIncoming } from "./read-incoming.ts"
import { sealAnswer } from "./seal-answer.ts"

/** Whoever may pass. */
export type Anyone = Access | PublicAccess

/** What an adapter needs of a guard of `@postern/resource-server/promise`; `handle` only says who may pass. */
export type NodeGuard<A extends Anyone = Access> = Pick<PromiseGuard<A>, "begin" | "wait" | "outgoing" | "handle">

/** Where a request goes on; exactly one of the three is called, once. */
export interface Steps<A extends Anyone> {
  readonly answer: (answer: Answer) => void
  readonly pass: (access: A) => void
  /** The guard itself threw, or the body was read before: our bug or the host's. */
  readonly fail: (error: unknown) => void
}

// A guard passes whom its options let pass, which its type knows and `finish` does not.
const isOf = <A extends Anyone>(_guard: NodeGuard<A>, _access: Anyone): _access is A => true

type Pending = Extract<Begun, { readonly _tag: "Pending" }>

/**
 * Judges a request on its way to a handler: the head first, then, if that is good, the body. What `pass` throws is not
 * caught. A handler's answer leaves with the headers, the end and the filter that the guard wants.
 */
export const admit = <A extends Anyone>(
  guard: NodeGuard<A>,
  head: Head,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  steps: Steps<A>
): void => {
  const finish = (pending: Pending, body: IncomingBody | undefined): void => {
    let outcome: ReturnType<Pending["finish"]>
    try {
      outcome = pending.finish(body)
      if (outcome._tag !== "Refused") sealAnswer(outgoing, guard.outgoing(outcome))
    } catch (error) {
      return steps.fail(error)
    }
    if (outcome._tag === "Refused") steps.answer(outcome.answer)
    else if (isOf(guard, outcome)) steps.pass(outcome)
  }

  const go = (begun: Begun): void => {
    if (begun._tag === "Finished") return steps.answer(begun.answer)
    if (!begun.readsBody) return finish(begun, undefined)
    // What was judged and what the handler sees would be two things.
    if (incoming.readableDidRead) return steps.fail(new Error("the guard comes before whatever reads the body"))
    readIncoming(incoming, begun.maximumBodyBytes, (body) => finish(begun, body))
  }

  let begun: Begun | undefined
  try {
    begun = guard.begin(head)
  } catch (error) {
    return steps.fail(error)
  }
  if (begun === undefined) void guard.wait(head).then(go, steps.fail)
  else go(begun)
}
