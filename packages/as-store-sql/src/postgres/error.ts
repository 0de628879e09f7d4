import { DatabaseError } from "pg"

/** The SQLSTATE with which the server answered (PostgreSQL appendix A); none where it did not answer. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof DatabaseError ? error.code : undefined

/** The code of Node's error: a socket's, a resolver's or TLS's. */
export const nodeCode = (error: unknown): string | undefined =>
  error instanceof Error && !(error instanceof DatabaseError) && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined

const isShuttingDown = (state: string): boolean => /^57P0[123]$/.test(state)

/** The server starts, stops or was restarted. */
export const isNotReady = (error: unknown): boolean => isShuttingDown(sqlState(error) ?? "")

const isDefinite = (state: string): boolean =>
  // Deadlock, serialization failure, a lost connection, too many connections: the same work can succeed later.
  !(state === "40P01" || state === "40001" || state.startsWith("08") || state === "53300" || isShuttingDown(state))

/** Whether a server that answered may answer otherwise when it is asked again. */
export const mayPass = (error: unknown): boolean => {
  const state = sqlState(error)
  return state !== undefined && !isDefinite(state)
}
