import { describe, expect, expectTypeOf, it } from "vitest"
import { type OpenedStore, runCheck, storeChecks, storeContract } from "@postern/as-core/contract"
import { makeMemoryStore } from "./memory-store.ts"
import type { Faults } from "./memory-store/body.ts"

const opener = (faults: Faults) => async (): Promise<OpenedStore> => ({
  store: makeMemoryStore(faults),
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

storeContract("a store in memory", opener({}))

describe("the contract of a store", () => {
  it("is called with a name and a way to open an empty store", () => {
    expectTypeOf(storeContract).parameters.toEqualTypeOf<[string, () => Promise<OpenedStore>]>()
  })

  it("[CON-03] is broken by the same store when a method reads and writes in two steps", async () => {
    const names = await broken({ twoSteps: true })
    for (const name of [
      "lets one of 64 redemptions of a code at once through and ends the grant for the others",
      "gives one of 64 rotations at once the next refresh token, and all others that one's answer",
      "gives one of 64 rotations at once the next refresh token where there is no window, and ends the grant",
      "lets one of many decisions at once through: a denial, or one approval with one code",
      "lets one of many sign-ins with one interaction through",
      "takes 64 registrations of the same metadata at once for one client",
      "replaces a registration for the registration access token in force alone",
      "lets no grant of a consent outlive its end, whichever of 64 comes first",
      "saves no ring over one that its maker did not see, and one of 64 at once",
      "tells one of 64 who bring an identifier at once that it is new, also one that expired"
    ]) {
      expect(names).toContain(name)
    }
    const race = storeChecks.find(({ name }) => name.startsWith("lets one of 64 redemptions of a code"))
    const violations = race && (await runCheck(race, opener({ twoSteps: true })))
    expect(violations?.[0]).toBe('64 redemptions at once: {"Redeemed":64} instead of {"Redeemed":1,"Replayed":63}')
  })

  it.for([
    [{ forgetsUse: true }, "redeems a code once, and saves the refresh token that it bought"],
    [
      { forgetsUse: true },
      "puts the next refresh token in the place of the live one, bound as that was, and with its own expiry"
    ],
    [{ keepsGrantOnReplay: true }, "ends the grant when a used code comes again, even after its expiry"],
    [{ keepsGrantOnReplay: true }, "ends the grant for a token that never was, under a name that is"],
    [{ ignoresExpiry: true }, "redeems no code that expired, whose grant expired or ended, or that does not exist"],
    [{ ignoresExpiry: true }, "rotates no refresh token that expired, or whose grant expired or ended"],
    [{ ignoresEnd: true }, "lets no rotation through once ending the grant was answered"],
    [
      { bindsNothing: true },
      "binds a refresh token that was free to the key that comes with its rotation, and keeps that"
    ],
    [
      { repeatsForever: true },
      "repeats an answer until the second in which its window ends, and ends the grant from then on"
    ],
    [
      { repeatsOtherAnswers: true },
      "gives one of 64 rotations at once the next refresh token, and all others that one's answer"
    ],
    [{ repeatsForAnyone: true }, "repeats an answer to no request that differs from the first, and ends the grant"],
    [{ repeatsAfterUse: true }, "repeats no answer once the successor was used, and ends the grant"],
    [
      { keepsAnswers: true },
      "forgets an answer after its window, and what was answered is an old token then as before"
    ],
    [
      { ignoresSession: true },
      "approves an interaction once, with its grant and its code, and only in its own signed-in browser"
    ],
    [
      { keepsSessions: true },
      "lets the session of the oldest interaction go with it, where nobody is signed in there and nothing else waits"
    ],
    [{ keepsUnusedClients: true }, "purges a client that nobody used in its time, and no other"],
    [{ purgesTombstones: true }, "remembers a used code as long as its grant lives, and forgets it afterwards"],
    [
      { purgesLivingGrants: true },
      "purges a refresh token that expired, and a grant whose code expired before its use, and no grant besides"
    ],
    [
      { ignoresMaximum: true },
      "holds no more clients than the maximum, however many are added at once, and the oldest leave for them"
    ],
    [{ evictsUsedClients: true }, "keeps every client that is used, and is full when all are"],
    [
      { evictsTrustedClients: true },
      "keeps every client that was registered with an initial access token, and is full when all are"
    ],
    [{ forgetsClientUse: true }, "keeps every client that is used, and is full when all are"],
    [
      { forgetsSecondRegistrations: true },
      "lets a client that was registered again leave after those that were not registered since"
    ],
    [{ registersTwice: true }, "takes 64 registrations of the same metadata at once for one client"],
    [{ replacesForAnyone: true }, "replaces a registration for the registration access token in force alone"],
    [
      { keepsGrantsOfRemovedClients: true },
      "removes a client for its registration access token alone, with its grants and consents and nobody else's"
    ],
    [{ approvesForGoneClients: true }, "approves nothing for a registered client that has left"],
    [
      { addsToOtherConsents: true },
      "adds a consent to the one of before if the client is the same, else puts it in its place"
    ],
    [
      { replacesConsents: true },
      "adds a consent to the one of before if the client is the same, else puts it in its place"
    ],
    [{ ignoresConsents: true }, "approves by consent what is within it, for the user who is signed in"],
    [
      { keepsPages: true },
      "closes the page that a request waited at with its approval by consent, and only in its own browser"
    ],
    [
      { ignoresSession: true },
      "closes the page that a request waited at with its approval by consent, and only in its own browser"
    ],
    [
      { keepsGrantsOfEndedConsents: true },
      "forgets what a user allowed a client and ends their grants, and nobody else's"
    ],
    [{ allowsEverybody: true }, "finds the allowances of a user and of a client, and of nobody else"],
    [{ overwritesRings: true }, "saves no ring over one that its maker did not see, and one of 64 at once"],
    [
      { forgetsIds: true },
      "remembers an identifier until the second in which it expires, and takes it for new from then on"
    ],
    [
      { keepsExpiredIds: true },
      "tells one of 64 who bring an identifier at once that it is new, also one that expired"
    ],
    [{ looksAtFirstChainsAlone: true }, "purges a refresh token when its last rotation expires, one at a time too"],
    [{ purgesLivingIds: true }, "purges identifiers that expired, at most as many as told, and keeps the others"],
    [{ usesBeforeFailing: true }, "answers its check, and changes nothing when a change cannot be made whole"]
  ] as const)("is broken by a store that %o", async ([faults, name]) => {
    expect(await broken(faults)).toContain(name)
  })

  it("counts a store that fails as one that breaks it", async () => {
    const [check] = storeChecks
    const closed: OpenedStore = { store: makeMemoryStore(), close: async () => {} }
    // The same client twice is a key that is taken.
    const opened = async () => closed
    expect(check && (await runCheck(check, opened))).toEqual([])
    expect(check && (await runCheck(check, opened))).not.toEqual([])
  })
})
