/** The code of a system error (`ENOENT`, `EADDRINUSE`), or `UNKNOWN`. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN"
