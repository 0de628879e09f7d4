import type { Body, Row, Statement } from "./statement.ts"

/** Runs a body on a database that answers at once; the transaction around it is the caller's. */
export const runBody = <A>(body: Body<A>, ask: (statement: Statement) => ReadonlyArray<Row>): A => {
  let step = body.next()
  while (step.done !== true) step = body.next(ask(step.value))
  return step.value
}
