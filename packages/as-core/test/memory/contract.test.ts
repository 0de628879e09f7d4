import { storeContract } from "@postern/as-core/contract"
import { makeMemoryStore } from "@postern/as-core/memory"

storeContract("[CON-03] a store in memory", async () => ({ store: makeMemoryStore(), close: async () => {} }))
