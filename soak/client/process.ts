// A client in a process of its own, which does what its parent says. It never logs in.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { serveParent } from "../child.ts"
import { connect } from "./connect.ts"
import type { Order, Said } from "./names.ts"

let begun: { readonly client: ReturnType<typeof connect>["client"]; readonly resource: string } | undefined
let diesWithAnswer = false

const obey = async (order: Order): Promise<Said> => {
  if (order.say === "begin") {
    const onRefreshed = () => {
      if (diesWithAnswer) process.kill(process.pid, "SIGKILL")
    }
    begun = { client: connect(order, { fault: order.fault, onRefreshed }).client, resource: order.resource }
    return { token: "" }
  }
  if (begun === undefined) throw new Error("nothing has begun")
  const { client, resource } = begun
  diesWithAnswer = order.diesWithAnswer
  const work =
    order.say === "token"
      ? client.accessToken(resource)
      : Effect.flatMap(client.fetch(resource, new Request(resource)), (response) =>
          Effect.promise(() => response.text())
        )
  const outcome = await Effect.runPromise(Effect.result(work))
  if (Result.isFailure(outcome)) return { error: outcome.failure._tag }
  return outcome.success === undefined ? { error: "nothing is held" } : { token: outcome.success }
}

// The parent is this program's other half.
serveParent((message) => obey(message as Order))
