import { Rejection } from "@postern/rejection"

/** A form that does not come from a page of ours in this browser. */
export class FormForged extends Rejection("FormForged", "RFC 6749 section 10.12") {
  override get message() {
    return "the form does not belong to a page that this server showed in this browser since the last sign-in; start again from the application"
  }
}

/** The request that the page was about is answered already, too old, or another browser's. */
export class InteractionGone extends Rejection("InteractionGone", "OAuth 2.1 section 4.1.1") {
  override get message() {
    return "this request was answered already, or the page was open for too long; start again from the application"
  }
}

/** The form lacks what the page lets one choose, or has it twice. */
export class FormMalformed extends Rejection("FormMalformed", "OAuth 2.1 section 4.1.1")<{ readonly field: string }> {
  override get message() {
    return `the field ${this.field} must be given exactly once`
  }
}

/** Too many wrong passwords for one name. `retryAfter` is in seconds. */
export class SignInThrottled extends Rejection("SignInThrottled", "RFC 6819 section 5.1.4.2.3")<{
  readonly retryAfter: number
}> {
  override get message() {
    return "too many failed attempts to sign in"
  }
}
