import {
  type ClientIdMetadataDocument,
  decodeClientIdMetadataDocument,
  isJsonObject,
  type JsonObject,
  parseJson
} from "@postern/metadata"
import { parseClientIdUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { type ClientIdMetadataPolicy, policyProblems } from "./policy.ts"
import { ClientIdMetadataInvalid, type ClientIdMetadataProblem } from "./rejections.ts"

/** A document that was checked, and may be served. */
export interface ClientIdMetadata {
  /** Where it has to be served: the client's identifier, for `clientIdMetadataUrl`. */
  readonly url: string
  /** What servers read of it. */
  readonly document: ClientIdMetadataDocument
  /** What is served, byte for byte. */
  readonly text: string
}

/** What {@link checkClientIdMetadata} looks at. */
export interface ClientIdMetadataFacts extends ClientIdMetadataPolicy {
  readonly url: string
  /** The document as it is served. */
  readonly text: string
}

// draft-ietf-oauth-client-id-metadata-document-00 section 6.6
const MAXIMUM_BYTES = 5120

/**
 * Checks a document and the URL that it is for, as strictly as servers may (draft-ietf-oauth-client-id-metadata-document-00), and
 * says all that is wrong at once. Members that nobody knows are no problem (section 4.1).
 */
export const checkClientIdMetadata = (
  facts: ClientIdMetadataFacts
): Result.Result<ClientIdMetadata, ClientIdMetadataInvalid> => {
  const { text, url } = facts
  const problems: Array<ClientIdMetadataProblem> = [...urlProblems(url), ...sizeProblems(text)]
  const read = readDocument(facts)
  problems.push(...read.problems)
  return read.document !== undefined && problems.length === 0
    ? Result.succeed({ url, document: read.document, text })
    : Result.fail(new ClientIdMetadataInvalid({ problems }))
}

const urlProblems = (url: string): ReadonlyArray<ClientIdMetadataProblem> => {
  const because = (message: string) => [{ rule: "client-id-url", path: "client_id", message }] as const
  const parsed = parseClientIdUrl(url)
  if (Result.isFailure(parsed)) return because(`is refused: ${parsed.failure.message}`)
  // "Client identifier URLs MUST have an "https" scheme", for loopback as well: nobody else could fetch it.
  if (!url.startsWith("https:")) return because("must be an https URL")
  return url.includes("?") ? because("should have no query") : []
}

const sizeProblems = (text: string): ReadonlyArray<ClientIdMetadataProblem> =>
  new TextEncoder().encode(text).length > MAXIMUM_BYTES
    ? [{ rule: "size", path: "", message: `must not exceed ${MAXIMUM_BYTES} bytes` }]
    : []

interface Read {
  readonly document?: ClientIdMetadataDocument
  readonly problems: ReadonlyArray<ClientIdMetadataProblem>
}

const readDocument = (facts: ClientIdMetadataFacts): Read => {
  const json = parseJson(facts.text)
  if (Result.isFailure(json)) return { problems: [{ rule: "json", path: "", message: json.failure.message }] }
  const read = decodeAll(json.success, facts)
  return isJsonObject(json.success)
    ? { ...read, problems: [...read.problems, ...policyProblems(json.success, facts)] }
    : read
}

/** What a server reads, again without what is wrong so far, since it stops at the first thing of another kind. */
const decodeAll = (json: unknown, facts: ClientIdMetadataFacts): Read => {
  const { privateUseSchemes, url } = facts
  const decoded = decodeClientIdMetadataDocument(json, { url, allowPrivateUse: privateUseSchemes })
  if (Result.isSuccess(decoded)) return { document: decoded.success, problems: [] }
  const { failure } = decoded
  const again = (document: JsonObject, problem: ClientIdMetadataProblem): Read => ({
    problems: [problem, ...decodeAll(document, facts).problems]
  })
  switch (failure._tag) {
    case "ClientSecretForbidden":
      return again(without(json, failure.member), {
        rule: "shared-secret",
        path: failure.member,
        message: "must not be there: nobody shares a secret with a client that is known by a URL"
      })
    case "ClientIdMismatch":
      return { problems: [mismatch] }
    case "MetadataMalformed": {
      const problems = failure.issues.map((issue) => ({ rule: "member", ...issue }) as const)
      const id = isJsonObject(json) ? json["client_id"] : undefined
      return { problems: typeof id === "string" && id !== url ? [...problems, mismatch] : problems }
    }
  }
}

const mismatch = {
  rule: "client-id-mismatch",
  path: "client_id",
  message: "must be the URL of the document, character for character"
} as const

const without = (json: unknown, member: string): JsonObject =>
  Object.fromEntries(Object.entries(isJsonObject(json) ? json : {}).filter(([name]) => name !== member))
