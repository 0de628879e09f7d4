/** One parameter of a challenge or of credentials (RFC 9110 section 11.2). */
export interface Parameter {
  /** In lower case, because names are compared without regard to case. */
  readonly name: string
  /** As it was meant: without quotation marks and escapes, otherwise letter for letter. */
  readonly value: string
  /** How it came; `"unquoted-url"` is an http or https URL without quotation marks, which no grammar allows. */
  readonly form: "token" | "quoted" | "unquoted-url"
}

/** One challenge of `WWW-Authenticate` (RFC 9110 section 11.3). */
export interface Challenge {
  /** In lower case, because schemes are compared without regard to case. */
  readonly scheme: string
  /** The one opaque value that some schemes have instead of parameters, with its padding. */
  readonly token68?: string
  /** In the order in which they came; no name appears twice. */
  readonly parameters: ReadonlyArray<Parameter>
}
