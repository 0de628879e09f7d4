import { Failure } from "@postern/rejection"

/** No login is kept for this server and account, or it has ended. */
export class NotLoggedIn extends Failure("NotLoggedIn")<{ readonly resource: string; readonly account: string }> {
  override get message() {
    return `nobody is logged in at ${this.resource} as ${this.account}`
  }
}
