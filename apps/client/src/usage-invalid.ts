/** The command line is wrong: the message says what. */
export class UsageInvalid extends Error {
  override readonly name = "UsageInvalid"
}
