import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import { Failure, isFailure, isRejection, Rejection } from "@postern/rejection"
import { toPromise } from "@postern/rejection/promise"

class CodeExpired extends Rejection("CodeExpired", "RFC 6749 section 4.1.2")<{ readonly expiredAt: number }> {
  override get message() {
    return `expired at ${this.expiredAt}`
  }
}
class Bare extends Rejection("Bare", "RFC 1 section 1") {}
class Several extends Rejection("Several", "RFC 1 section 1")<{ readonly spec: string }> {}
class StoreFailed extends Failure("StoreFailed")<{ readonly operation: string }> {}

describe("a rejection", () => {
  it("is an Error with a tag, a kind, a clause and its own fields", () => {
    const error = new CodeExpired({ expiredAt: 5 })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      _tag: "CodeExpired",
      kind: "rejection",
      spec: "RFC 6749 section 4.1.2",
      expiredAt: 5,
      message: "expired at 5"
    })
    expect(isRejection(error)).toBe(true)
    expect(isFailure(error)).toBe(false)
    expectTypeOf(error._tag).toEqualTypeOf<"CodeExpired">()
  })

  it("needs no argument when it has no fields", () => {
    expect(new Bare().spec).toBe("RFC 1 section 1")
  })

  it("takes a clause of its own per instance", () => {
    expect(new Several({ spec: "RFC 2 section 2" }).spec).toBe("RFC 2 section 2")
  })

  it("is caught by its tag, which narrows the type", async () => {
    const program = Effect.fail(new CodeExpired({ expiredAt: 5 })).pipe(
      Effect.catchTag("CodeExpired", (error) => Effect.succeed(error.expiredAt))
    )
    expectTypeOf(program).toEqualTypeOf<Effect.Effect<number>>()
    expect(await Effect.runPromise(program)).toBe(5)
  })
})

describe("a failure", () => {
  it("keeps its cause", () => {
    const cause = new Error("disk full")
    const error = new StoreFailed({ operation: "redeem", cause })
    expect(error).toMatchObject({ _tag: "StoreFailed", kind: "failure", operation: "redeem" })
    expect(error.cause).toBe(cause)
    expect(isFailure(error)).toBe(true)
    expect(isRejection(error)).toBe(false)
  })

  it("is told from anything else", () => {
    for (const value of [null, undefined, 1, "x", {}, new Error("x")]) {
      expect(isRejection(value)).toBe(false)
      expect(isFailure(value)).toBe(false)
    }
  })
})

describe("toPromise", () => {
  it("resolves to a Result for success and for a typed error", async () => {
    expect(await toPromise(Effect.succeed(1))).toEqual(Result.succeed(1))
    const failed = await toPromise(Effect.fail(new Bare()))
    expect(Result.isFailure(failed) && failed.failure._tag).toBe("Bare")
  })

  it("rejects with the reason of an abort", async () => {
    const controller = new AbortController()
    const promise = toPromise(Effect.never, { signal: controller.signal })
    controller.abort(new Error("enough"))
    await expect(promise).rejects.toThrow("enough")
  })

  it("rejects with a defect", async () => {
    await expect(toPromise(Effect.die(new TypeError("our bug")))).rejects.toThrow("our bug")
  })
})
