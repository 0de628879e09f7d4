import { storeContract } from "@postern/as-core/contract"
import { openInFile, openInMemory } from "./open.ts"

storeContract("[CON-03] an SQLite store in memory", openInMemory)
storeContract("[CON-03] an SQLite store in a file", openInFile)
