import { describe, expect, it } from "vitest"
import type { OpenedStore } from "./contract/store-check.ts"
import { runCheck, storeChecks } from "./contract/store-checks.ts"

export { runCheck, storeChecks } from "./contract/store-checks.ts"
export type { OpenedStore, StoreCheck } from "./contract/store-check.ts"

/**
 * The test suite that a `Store` must pass, for vitest: single use, replay, expiry, purging, many callers at once.
 * `open` makes an empty store for each test.
 */
export const storeContract = (name: string, open: () => Promise<OpenedStore>): void => {
  describe(`${name} keeps the contract of a store: it`, () => {
    for (const check of storeChecks) {
      it(check.name, async () => {
        expect(await runCheck(check, open)).toEqual([])
      })
    }
  })
}
