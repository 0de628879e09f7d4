import { Rejection } from "@postern/rejection"

/** An option of a policy breaks a rule: `key` names it, `reason` says which (MCP authorization, Scope Selection Strategy). */
export class PolicyInvalid extends Rejection("PolicyInvalid", "MCP authorization section Scope Selection Strategy")<{
  readonly key: string
  readonly reason: string
}> {
  override get message() {
    return `the policy's option ${this.key} is wrong: ${this.reason}`
  }
}
