import * as Result from "effect/Result"
import { ResourceRefused } from "../../rejections.ts"

/** The resources of this token: those that the request names, all of them granted, or all that were granted (RFC 8707 section 2.2). */
export const decideTokenResources = (
  asked: ReadonlyArray<string>,
  granted: ReadonlyArray<string>
): Result.Result<ReadonlyArray<string>, ResourceRefused> => {
  if (asked.length === 0) return Result.succeed(granted)
  return asked.every((resource) => granted.includes(resource))
    ? Result.succeed([...new Set(asked)])
    : Result.fail(new ResourceRefused({ reason: "not-granted" }))
}
