export { type PostgresServer, startPostgres } from "../../../apps/postgres/src/index.ts"
