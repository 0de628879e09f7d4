export type { Durability, SqliteStoreOptions } from "./open-database.ts"
export { openSqliteStore, type SqliteStore } from "./store.ts"
export { StoreUnavailable, type UnavailableReason } from "./unavailable.ts"
