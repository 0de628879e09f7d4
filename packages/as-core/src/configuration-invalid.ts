import { Rejection } from "@postern/rejection"

/** An option that the server cannot be built from: `key` is its path in the options, `reason` one sentence, `spec` the clause where one is broken. */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "Postern configuration")<{
  readonly key: string
  readonly reason: string
  readonly spec: string
}> {
  override get message() {
    return `${this.key}: ${this.reason}`
  }
}
