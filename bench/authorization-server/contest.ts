// What all servers are configured with, and what the load asks of them.
import { createHash } from "node:crypto"

/** A client of the benchmark. Its secret has nothing that a form would have to escape. */
export interface KnownClient {
  readonly id: string
  readonly secret: string
}

/** Whom the person lets in. */
export const CLIENT: KnownClient = { id: "bench", secret: "a-secret-of-the-benchmark-alone" }
/** A client that acts for itself, where the server knows such clients. */
export const MACHINE: KnownClient = { id: "bench-machine", secret: "another-secret-of-the-benchmark-alone" }
export const REDIRECT = "http://127.0.0.1:38920/callback"
export const RESOURCE = "https://mcp.example.com/mcp"
export const SCOPE = "notes:read"
/** The person's subject where the server lets it be chosen. */
export const SUBJECT = "1"
export const PERSON = {
  username: "alice",
  password: "a password of the benchmark alone",
  hash: "scrypt$15$8$3$-T-0-Pf6yrMv0KwkjqAnnA$Tih-bchGB9IwiJroMH9785_462jLnqMoe0qexmKKn1Y"
}

/** Lifetimes in seconds, as ours unless told. */
export const LIFETIMES = {
  code: 60,
  accessToken: 600,
  refreshToken: 2_592_000,
  grant: 7_776_000,
  session: 28_800,
  interaction: 600
}

export const VERIFIER = "a-verifier-of-the-benchmark-alone-that-is-long-enough"

/** An authorization request of the client. */
export const queryOf = (scopes: ReadonlyArray<string>): string =>
  new URLSearchParams({
    client_id: CLIENT.id,
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: scopes.join(" "),
    resource: RESOURCE,
    state: "a state of some length",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    code_challenge_method: "S256"
  }).toString()
