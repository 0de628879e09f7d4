import { Failure, Rejection } from "@postern/rejection"

/**
 * An answer whose body is a page for people, or anything else that is no JSON, where the specification has JSON: it did not come
 * from the endpoint itself. `mediaType` is what it is declared as.
 */
export class AnswerNotJson extends Rejection("AnswerNotJson", "RFC 6749 section 5.2")<{
  readonly purpose: string
  readonly url: string
  readonly status: number
  readonly mediaType: string
}> {
  override get message() {
    return `${this.url} answered ${this.status} with ${this.mediaType} instead of JSON`
  }
}

/** A server answered a request of the flow with a status that means neither yes nor no (5xx, 429, and the like). */
export class ServerUnavailable extends Failure("ServerUnavailable")<{
  readonly purpose: string
  readonly url: string
  readonly status: number
  /** What the answer is declared as, without parameters. */
  readonly mediaType?: string | undefined
  /** `Retry-After` (RFC 9110 section 10.2.3): seconds; for a date that is not looked at, endless. */
  readonly retryAfter?: number | undefined
}> {
  override get message() {
    return `${this.url} answered ${this.status}`
  }
}
