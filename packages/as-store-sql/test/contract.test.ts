import { storeContract } from "@postern/as-core/contract"
import { openInFile, openInMemory } from "./open.ts"

storeContract("an SQLite store in memory", openInMemory)
storeContract("an SQLite store in a file", openInFile)
