import * as Result from "effect/Result"
import { checkMembers, type Checked, type MemberChecks } from "./check-members.ts"
import { isJsonObject, type JsonObject } from "./json-object.ts"
import {
  type DocumentName,
  type MetadataIssue,
  type MetadataMalformed,
  metadataMalformed
} from "./metadata-malformed.ts"

/** A rule over several members, or over members whose names are not known beforehand. */
export type DocumentCheck = (document: JsonObject) => ReadonlyArray<MetadataIssue>

/** Checks the members of a document and its further rules, and reports everything that is wrong at once. */
export const decodeDocument = <M extends MemberChecks>(
  name: DocumentName,
  members: M,
  json: unknown,
  rules: ReadonlyArray<DocumentCheck> = []
): Result.Result<JsonObject & Checked<M>, MetadataMalformed> => {
  if (!isJsonObject(json))
    return Result.fail(metadataMalformed(name, [{ path: "", message: "it must be a JSON object" }]))
  const { ["__proto__"]: _, ...document }: JsonObject = json
  const issues: Array<MetadataIssue> = []
  const fits = checkMembers(document, members, issues)
  for (const rule of rules) issues.push(...rule(json))
  return fits && issues.length === 0 ? Result.succeed(document) : Result.fail(metadataMalformed(name, issues))
}
