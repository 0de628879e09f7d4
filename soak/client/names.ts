// What the processes of one login say to each other.

/** The client that a person has on this machine. */
export const CLIENT_ID = "desktop"
export const CALLBACK = "http://127.0.0.1:3999/callback"
export const SCOPE = "notes:read"

/** Which of its defences a client goes without, so that a soak can be seen to fail. */
export type ClientFault = "takes-no-lock"

/** Where everything is. */
export interface Place {
  readonly issuer: string
  readonly resource: string
  /** The file of the store. */
  readonly path: string
}

/** What a process is told to do. */
export type Order =
  | (Place & { readonly say: "begin"; readonly fault: ClientFault | undefined })
  /** `token`: what is held, refreshed where it has ended. `fetch`: a request, whose token may be refused. */
  | { readonly say: "token" | "fetch"; readonly diesWithAnswer: boolean }

/** What it says: the token that it has, or what ended its flow. */
export type Said = { readonly token: string } | { readonly error: string }
