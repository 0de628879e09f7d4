import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { isRejection, Rejection } from "@postern/rejection"
import { toPromise } from "@postern/rejection/promise"

class CodeExpired extends Rejection("CodeExpired", "RFC 6749 section 4.1.2")<{ readonly expiredAt: number }> {
  override get message() {
    return `the code expired at ${this.expiredAt}`
  }
}
const redeem = Effect.fail(new CodeExpired({ expiredAt: 1700000000 }))

// With Effect: the tag narrows the type.
console.log(Effect.runSync(Effect.catchTag(redeem, "CodeExpired", ({ spec }) => Effect.succeed(spec))))

// With Promises: the rejection is a value.
const outcome = await toPromise(redeem)
if (Result.isFailure(outcome)) console.log(isRejection(outcome.failure), outcome.failure.message)
