/**
 * What each page must show and post back. The engine decides and sends the headers; whoever renders gets every fact
 * that the specification wants shown, and returns the HTML text. Every text may be hostile: escape it.
 */
export interface Pages {
  /** Asks who the user is. */
  readonly signIn: (facts: SignInFacts) => string
  /** Asks what the user allows. */
  readonly consent: (facts: ConsentFacts) => string
  /** Explains why the request goes no further. */
  readonly error: (facts: ErrorFacts) => string
}

/** Hidden fields that the form must post back unchanged, and where. */
export interface FormFacts {
  /** Absolute path of the form's action on this server. */
  readonly action: string
  readonly hidden: ReadonlyArray<{ readonly name: string; readonly value: string }>
  /** Nonce of the page's one inline `<style nonce>`; scripts are not allowed at all. */
  readonly styleNonce: string
}

/** The login page: posts `username` and `password` beside the hidden fields. */
export interface SignInFacts extends FormFacts {
  readonly client: ClientFacts
  /** True after a wrong name or password. */
  readonly failed: boolean
}

/** What is known of a client, and how well. */
export interface ClientFacts {
  /** What the client calls itself, control characters removed, at most 100 characters: unverified. */
  readonly name: string
  /** The host of its metadata document (ASCII), which is verified; absent for a client that registered itself. */
  readonly host?: string | undefined
  readonly origin: "configured" | "registered" | "document"
  /**
   * Its logo as a `data:` URI (PNG, JPEG or WebP, checked), for the `src` of an image; only of a client that the operator or
   * the host of its document vouches for.
   */
  readonly logo?: string | undefined
  readonly clientUri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
}

/**
 * The consent page: posts `decision` (`approve` or `deny`) and one `scope` field per ticked scope beside the hidden
 * fields.
 */
export interface ConsentFacts extends FormFacts {
  readonly client: ClientFacts
  readonly person: { readonly name: string }
  /** The host (with port) that the user is sent to afterwards, ASCII. */
  readonly redirectHost: string
  /** The redirect ends on this computer: any program here could be the one that asks. */
  readonly redirectIsLoopback: boolean
  readonly resources: ReadonlyArray<{ readonly resource: string; readonly name?: string | undefined }>
  readonly scopes: ReadonlyArray<{
    readonly scope: string
    readonly description: string
    readonly administratorsOnly: boolean
  }>
  /** Asked for, but kept for administrators and not granted by this user. */
  readonly withheld: ReadonlyArray<{ readonly scope: string; readonly description: string }>
}

/** A request that may not be redirected: shown here, with no link to where the request wanted to go. */
export interface ErrorFacts {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** The clause that was broken, if one was. */
  readonly spec?: string | undefined
  readonly styleNonce: string
}
