export { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from "./open.ts"
export { PostgresUnavailable, type PostgresUnavailableReason } from "./unavailable.ts"
