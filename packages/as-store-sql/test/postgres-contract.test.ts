import { afterAll } from "vitest"
import { storeContract } from "@postern/as-core/contract"
import { dropSchema, makeOpenEmpty, newSchema } from "./postgres.ts"

const schema = newSchema()
afterAll(() => dropSchema(schema))

storeContract("[CON-03] a PostgreSQL store", makeOpenEmpty(schema))
