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
class Placed extends Rejection("Placed", "RFC 1 section 1")<{ readonly position?: number | undefined }> {}
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

  it("takes its fields also when all of them are optional", () => {
    expect(new Placed({ position: 3 }).position).toBe(3)
    expect(new Placed({}).position).toBeUndefined()
    expectTypeOf(Placed).toBeConstructibleWith({ position: 3 })
    // @ts-expect-error a field that the rejection does not have
    expectTypeOf(Placed).toBeConstructibleWith({ place: 3 })
    // @ts-expect-error a rejection without fields takes none
    expectTypeOf(Bare).toBeConstructibleWith({ position: 3 })
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

  it("does not begin what is already aborted", async () => {
    let begun = false
    const work = Effect.sync(() => {
      begun = true
    })
    await expect(toPromise(work, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough")
    expect(begun).toBe(false)
  })

  it("rejects with a defect of the work that an abort ended, not with the reason of the abort", async () => {
    const controller = new AbortController()
    const work = Effect.never.pipe(Effect.onInterrupt(() => Effect.die(new TypeError("our bug"))))
    const promise = toPromise(work, { signal: controller.signal })
    controller.abort(new Error("enough"))
    await expect(promise).rejects.toThrow("our bug")
  })

  it("keeps what can go wrong in its type", () => {
    const program: Effect.Effect<number, CodeExpired | StoreFailed> = Effect.succeed(1)
    expectTypeOf(toPromise(program)).toEqualTypeOf<Promise<Result.Result<number, CodeExpired | StoreFailed>>>()
  })

  it("rejects with a defect", async () => {
    await expect(toPromise(Effect.die(new TypeError("our bug")))).rejects.toThrow("our bug")
  })
})
