import { Failure, Rejection } from "@postern/rejection"

/** An option that a client cannot be made from: `key` is its path in the options, `reason` one sentence. */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "Postern configuration")<{
  readonly key: string
  readonly reason: string
}> {
  override get message() {
    return `${this.key}: ${this.reason}`
  }
}

/** The platform takes the client's key for no private key of its algorithm. */
export class ClientKeyUnusable extends Failure("ClientKeyUnusable")<{ readonly algorithm: string }> {
  override get message() {
    return `the client's key is no private key for ${this.algorithm} that this platform can use`
  }
}
