import * as Result from "effect/Result"
import type { Challenge } from "./challenge.ts"
import { ChallengeMalformed, ParameterRepeated } from "./rejections.ts"
import { emptyScan, scanLine } from "./scanner.ts"

/**
 * Reads `WWW-Authenticate` (RFC 9110 section 11.6.1): the value that `Headers` gives, in which lines are joined by commas, or the
 * lines themselves. An absent header has no challenges. One flaw refuses the whole header, so that no parameter of a
 * text that was not understood is ever used.
 */
export const parseChallenges = (
  header: string | ReadonlyArray<string> | null | undefined
): Result.Result<ReadonlyArray<Challenge>, ChallengeMalformed | ParameterRepeated> => {
  const scan = emptyScan()
  const lines = typeof header === "string" ? [header] : (header ?? [])
  for (const [line, text] of lines.entries()) {
    const stop = scanLine(text, scan)
    if (!stop) continue
    const { reason, position, parameter } = stop
    if (reason !== "parameter-repeated") return Result.fail(new ChallengeMalformed({ reason, line, position }))
    return Result.fail(new ParameterRepeated({ scheme: scan.challenges.at(-1)?.scheme ?? "", parameter }))
  }
  return Result.succeed(scan.challenges)
}
