import {
  type Explanation,
  explain,
  type FlowError,
  ScopeNotGranted,
  StateMismatch,
  AuthorizationRefused
} from "@postern/client-flow"
import { describe, expect, expectTypeOf, it } from "vitest"

describe("explain", () => {
  it("names the layer at fault and a remedy", () => {
    expect(explain(new StateMismatch({ received: "absent" }))).toEqual({
      layer: "client",
      remedy: "Start again; the callback belonged to another flow, or state was not returned as it was sent."
    })
    expect(explain(new ScopeNotGranted({ resource: "https://mcp.example.com", missing: ["admin"] })).layer).toBe("user")
  })

  it("tells a user's no from a server's", () => {
    const refused = (error: string) => new AuthorizationRefused({ issuer: "https://as.example.com", error })
    expect(explain(refused("access_denied")).layer).toBe("user")
    expect(explain(refused("invalid_scope")).layer).toBe("authorization server")
  })

  it("has nothing to say about anything else", () => {
    for (const value of [
      undefined,
      null,
      "x",
      new Error("x"),
      { _tag: "StateMismatch" },
      { _tag: "toString", kind: "rejection" }
    ]) {
      expect(explain(value)).toBeUndefined()
    }
  })

  it("always has an answer for an error of a flow", () => {
    expectTypeOf((error: FlowError) => explain(error)).returns.toEqualTypeOf<Explanation>()
    expectTypeOf((error: unknown) => explain(error)).returns.toEqualTypeOf<Explanation | undefined>()
  })
})
