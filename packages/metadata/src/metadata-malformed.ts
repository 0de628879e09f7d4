import { Rejection } from "@postern/rejection"

/** The documents that this package reads, by the names that their specifications give them. */
export type DocumentName =
  | "protected resource metadata"
  | "authorization server metadata"
  | "client metadata"
  | "client information"
  | "client ID metadata document"

/** One thing that is wrong with a document. */
export interface MetadataIssue {
  /** Where: `token_endpoint`, `authorization_servers[0]`, `jwks.keys[2].d`; empty for the document as a whole. */
  readonly path: string
  /** What, as the rest of a sentence that begins with the path: `must be an array`. Never repeats the value. */
  readonly message: string
}

const CLAUSES: Readonly<Record<DocumentName, string>> = {
  "protected resource metadata": "RFC 9728 section 2",
  "authorization server metadata": "RFC 8414 section 2",
  "client metadata": "RFC 7591 section 2",
  "client information": "RFC 7591 section 3.2.1",
  "client ID metadata document": "draft-ietf-oauth-client-id-metadata-document-00 section 4.1"
}

/** A metadata document with members that break its specification; `issues` has every one of them. */
export class MetadataMalformed extends Rejection("MetadataMalformed", "RFC 8414 section 2")<{
  readonly spec: string
  readonly document: DocumentName
  readonly issues: ReadonlyArray<MetadataIssue>
}> {
  override get message() {
    const shown = this.issues.slice(0, 5).map(({ path, message }) => (path === "" ? message : `${path} ${message}`))
    const rest = this.issues.length - shown.length
    return `the ${this.document} is malformed: ${shown.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`
  }
}

/** A {@link MetadataMalformed} with the clause of its document. */
export const metadataMalformed = (document: DocumentName, issues: ReadonlyArray<MetadataIssue>): MetadataMalformed =>
  new MetadataMalformed({ spec: CLAUSES[document], document, issues })
