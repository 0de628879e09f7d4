/** One place where a metadata document was looked for, and what came of it. */
export interface MetadataAttempt {
  /** Values of query parameters that may be secret are replaced. */
  readonly url: string
  /**
   * - `accepted`: there was a document, and it is used
   * - `not-found`: the place says that it has none (4xx); the next one is tried
   * - `rejected`: what was there is refused, and nothing else is tried
   * - `unavailable`: the server is down, busy or cannot be reached, and nothing else is tried
   */
  readonly outcome: "accepted" | "not-found" | "rejected" | "unavailable"
  /** Absent where no answer was read. */
  readonly status?: number | undefined
  /** The tag of the rejection or failure. */
  readonly reason?: string | undefined
}
