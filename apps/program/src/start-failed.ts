import { Failure } from "@postern/rejection"

/** The server did not start: nothing listens. `subject` is the configuration's key. */
export class StartFailed extends Failure("StartFailed")<{ readonly subject: string; readonly reason: string }> {
  override get message() {
    return `${this.subject}: ${this.reason}`
  }
}
