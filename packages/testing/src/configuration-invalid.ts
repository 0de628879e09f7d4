import { Rejection } from "@postern/rejection"

/** An option that nothing can be made from: `key` is its path in the options, `reason` one sentence. */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "Postern configuration")<{
  readonly key: string
  readonly reason: string
}> {
  override get message() {
    return `${this.key}: ${this.reason}`
  }
}
