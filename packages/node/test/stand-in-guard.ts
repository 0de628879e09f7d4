import type { NodeGuard } from "@postern/node/guard"
import type { Access, Answer, Begun, Head, Outgoing, ReadBody, Refused } from "@postern/resource-server"

const answer = (status: number, body: string | null = '{"refused":true}'): Answer => ({
  status,
  headers: { "Content-Type": "application/json" },
  body
})

/** What a guard's verdict looks like, for adapters: no rule of the real one is here. */
export interface StandIn extends NodeGuard {
  readonly metadataPath: string
  readonly heads: Array<Head>
  /** What `finish` was given, in order. */
  readonly bodies: Array<string | undefined>
}

/**
 * A guard for the tests of adapters: `Bearer good` passes, `Bearer slow` as well, after waiting; `Bearer broken` makes it
 * throw, `Bearer broken-slow` reject, `Bearer broken-body` throw when the body is there. All else is 401.
 */
export const standIn = (
  facts: Partial<Outgoing> & { readonly maximumBodyBytes?: number; readonly gate?: Promise<unknown> } = {}
): StandIn => {
  const { gate, maximumBodyBytes = 100, ...outgoing } = facts
  const heads: Array<Head> = []
  const bodies: Array<string | undefined> = []
  const accessTo = (message: unknown): Access => ({
    _tag: "Access",
    subject: "u1",
    clientId: "c1",
    issuer: "https://as.example.com",
    scope: new Set(["a"]),
    expiresAt: 0,
    actors: [],
    token: {
      issuer: "https://as.example.com",
      subject: "u1",
      audience: [],
      clientId: "c1",
      scope: new Set(["a"]),
      expiresAt: 0,
      issuedAt: undefined,
      notBefore: undefined,
      id: undefined,
      actors: [],
      keyThumbprint: undefined,
      claims: {}
    },
    operations: [],
    message,
    can: () => true
  })
  const pending = (head: Head): Begun => ({
    _tag: "Pending",
    readsBody: head.method === "POST",
    maximumBodyBytes,
    finish: (body: ReadBody): Access | Refused => {
      if (head.header("authorization") === "Bearer broken-body") throw new Error("broken")
      const text = body instanceof Uint8Array ? Buffer.from(body).toString() : body
      bodies.push(text)
      if (text === "too-large") return { _tag: "Refused", answer: answer(413), rejection: undefined as never }
      if (text === "unreadable") return { _tag: "Refused", answer: answer(400), rejection: undefined as never }
      return accessTo(text === undefined ? undefined : JSON.parse(text))
    }
  })
  const begin: NodeGuard["begin"] = (head) => {
    heads.push(head)
    switch (head.header("authorization")) {
      case "Bearer good":
      case "bearer  good":
      case "Bearer broken-body":
        return pending(head)
      case "Bearer broken":
        throw new Error("broken")
      case "Bearer slow":
      case "Bearer broken-slow":
        return undefined
      default:
        return { _tag: "Finished", answer: answer(401) }
    }
  }
  return {
    heads,
    bodies,
    begin,
    metadataPath: "/.well-known/oauth-protected-resource/mcp",
    wait: async (head) => {
      await gate
      if (head.header("authorization") === "Bearer broken-slow") throw new Error("broken")
      return pending(head)
    },
    outgoing: () => ({ headers: {}, ...outgoing }),
    handle: () => Promise.reject(new Error("not for node"))
  }
}
