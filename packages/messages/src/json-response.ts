import * as Result from "effect/Result"
import * as z from "zod/mini"
import type { ResponseIssue } from "./rejections.ts"

/** A string that a rule accepts; `message` says what is wrong otherwise. */
export const textThat = (accepts: (text: string) => boolean, message: string) =>
  z.string().check(z.refine(accepts, { error: message }))

/** Decodes a JSON response by its schema; the failure has everything that is wrong with it. */
export const decodeResponse = <S extends z.core.$ZodType>(
  schema: S,
  json: unknown
): Result.Result<z.output<S>, ReadonlyArray<ResponseIssue>> => {
  if (Array.isArray(json)) return Result.fail([{ path: "", message: "it must be an object" }])
  const parsed = z.safeParse(schema, json, {
    error: (issue) => (issue.input === undefined ? "is required" : "has the wrong type")
  })
  if (parsed.success) return Result.succeed(parsed.data)
  return Result.fail(
    parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? { path: "", message: "it must be an object" } : { path: path.join("."), message }
    )
  )
}
