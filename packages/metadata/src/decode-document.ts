import * as Result from "effect/Result"
import * as z from "zod/mini"
import { isJsonObject } from "./json-object.ts"
import {
  type DocumentName,
  type MetadataIssue,
  type MetadataMalformed,
  metadataMalformed
} from "./metadata-malformed.ts"

/** A rule over several members, or over members whose names are not known beforehand. */
export type DocumentCheck = (document: Readonly<Record<string, unknown>>) => ReadonlyArray<MetadataIssue>

/**
 * Checks a document against its schema and its further rules and reports everything that is wrong at once. The checks are
 * no refinements of the schema: zod leaves those out as soon as one member has the wrong type.
 */
export const decodeDocument = <S extends z.core.$ZodType>(
  name: DocumentName,
  schema: S,
  json: unknown,
  checks: ReadonlyArray<DocumentCheck> = []
): Result.Result<z.output<S>, MetadataMalformed> => {
  if (!isJsonObject(json))
    return Result.fail(metadataMalformed(name, [{ path: "", message: "it must be a JSON object" }]))
  const parsed = z.safeParse(schema, json, { error: sentence })
  const issues = (parsed.error?.issues ?? []).map(({ path, message }): MetadataIssue => ({
    path: formatPath(path),
    message
  }))
  for (const check of checks) issues.push(...check(json))
  return parsed.success && issues.length === 0
    ? Result.succeed(parsed.data)
    : Result.fail(metadataMalformed(name, issues))
}

const sentence = (issue: z.core.$ZodRawIssue): string => {
  if (issue.input === undefined) return "is required"
  if (issue.code === "invalid_type") return `must be ${/^[aeio]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`
  // Of the other built-in rules the schemas use one: a list that has to have a first element.
  return "must not be empty"
}

const formatPath = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (before, key) =>
      typeof key === "number" ? `${before}[${key}]` : before === "" ? String(key) : `${before}.${String(key)}`,
    ""
  )
