import { Rejection } from "@postern/rejection"

/** One wrong key of a configuration file. */
export interface ConfigurationIssue {
  /** Dotted path, for example `listen.port`. */
  readonly key: string
  readonly reason: string
}

/** The configuration file is wrong: every wrong key at once, each with its reason. */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "the configuration's schema")<{
  readonly issues: ReadonlyArray<ConfigurationIssue>
}> {
  override get message() {
    return this.issues.map(({ key, reason }) => `${key}: ${reason}`).join("\n")
  }
}
