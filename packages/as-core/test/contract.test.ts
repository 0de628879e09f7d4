import { describe, expect, expectTypeOf, it } from "vitest"
import { type OpenedStore, runCheck, storeChecks, storeContract } from "@postern/as-core/contract"
import { type Faults, makeTwoStepStore } from "./contract/two-step-store.ts"

const opener = (faults: Faults) => async (): Promise<OpenedStore> => ({
  store: makeTwoStepStore(faults),
  close: async () => {}
})

/** The checks that a store breaks. */
const broken = async (faults: Faults): Promise<ReadonlyArray<string>> => {
  const names: Array<string> = []
  for (const check of storeChecks) {
    if ((await runCheck(check, opener(faults))).length > 0) names.push(check.name)
  }
  return names
}

storeContract("a store over get and put, one method at a time", opener({ atomic: true }))

describe("the contract of a store", () => {
  it("is called with a name and a way to open an empty store", () => {
    expectTypeOf(storeContract).parameters.toEqualTypeOf<[string, () => Promise<OpenedStore>]>()
  })

  it("[CON-03] is broken by the same store when a method reads and writes in two steps", async () => {
    const names = await broken({ atomic: false })
    for (const name of [
      "lets one of 64 uses of a code at once through and ends the grant for the others",
      "lets one of 64 uses of a refresh token at once through and ends the grant for the others",
      "lets one of many decisions at once through: a denial, or one approval with one code",
      "lets one of many sign-ins with one interaction through",
      "holds no more clients than the maximum, however many are added at once",
      "tells one of 64 who bring an identifier at once that it is new, also one that expired"
    ]) {
      expect(names).toContain(name)
    }
    const race = storeChecks.find(({ name }) => name.startsWith("lets one of 64 uses of a code"))
    const violations = race && (await runCheck(race, opener({ atomic: false })))
    expect(violations?.[0]).toBe('64 uses at once: {"Used":64} instead of {"Replayed":63,"Used":1}')
  })

  it.for([
    [{ forgetsUse: true }, "uses a code once and saves the refresh token that it bought"],
    [{ keepsGrantOnReplay: true }, "ends the grant when a used code comes again, even after its expiry"],
    [{ ignoresExpiry: true }, "uses no code that expired, whose grant expired or ended, or that does not exist"],
    [{ ignoresEnd: true }, "lets no rotation through once ending the grant was answered"],
    [
      { ignoresSession: true },
      "approves an interaction once, with its grant and its code, and only in its own signed-in browser"
    ],
    [{ purgesTombstones: true }, "remembers a used code as long as its grant lives, and forgets it afterwards"],
    [{ ignoresMaximum: true }, "holds no more clients than the maximum, however many are added at once"],
    [
      { forgetsIds: true },
      "remembers an identifier until the second in which it expires, and takes it for new from then on"
    ],
    [
      { keepsExpiredIds: true },
      "tells one of 64 who bring an identifier at once that it is new, also one that expired"
    ],
    [{ purgesLivingIds: true }, "purges identifiers that expired, at most as many as told, and keeps the others"],
    [{ usesBeforeFailing: true }, "answers its check, and changes nothing when a change cannot be made whole"]
  ] as const)("is broken by a store that %o", async ([faults, name]) => {
    expect(await broken({ atomic: true, ...faults })).toContain(name)
  })

  it("counts a store that fails as one that breaks it", async () => {
    const [check] = storeChecks
    const closed: OpenedStore = {
      store: makeTwoStepStore({ atomic: true }),
      close: async () => {}
    }
    // The same client twice is a key that is taken.
    const opened = async () => closed
    expect(check && (await runCheck(check, opened))).toEqual([])
    expect(check && (await runCheck(check, opened))).not.toEqual([])
  })
})
