/**
 * The body of a method: what it read and what it writes are apart at each `yield`, where a store that is no store lets
 * others go first.
 */
export type Body<A> = Generator<void, A, void>

/** What may be wrong with the store, for the contract to find. */
export interface Faults {
  /** Every method reads, lets others go first, and writes; and what fails in the middle is left half written. */
  readonly twoSteps?: boolean
  readonly forgetsUse?: boolean
  readonly keepsGrantOnReplay?: boolean
  readonly ignoresExpiry?: boolean
  readonly ignoresEnd?: boolean
  readonly ignoresSession?: boolean
  readonly keepsSessions?: boolean
  readonly purgesTombstones?: boolean
  readonly purgesLivingGrants?: boolean
  readonly ignoresMaximum?: boolean
  readonly evictsUsedClients?: boolean
  readonly evictsTrustedClients?: boolean
  readonly keepsUnusedClients?: boolean
  readonly forgetsClientUse?: boolean
  readonly registersTwice?: boolean
  readonly forgetsSecondRegistrations?: boolean
  readonly replacesForAnyone?: boolean
  readonly keepsGrantsOfRemovedClients?: boolean
  readonly approvesForGoneClients?: boolean
  readonly usesBeforeFailing?: boolean
  readonly forgetsIds?: boolean
  readonly keepsExpiredIds?: boolean
  readonly purgesLivingIds?: boolean
  readonly looksAtFirstChainsAlone?: boolean
  readonly bindsNothing?: boolean
  readonly repeatsForever?: boolean
  readonly repeatsForAnyone?: boolean
  readonly repeatsAfterUse?: boolean
  readonly repeatsOtherAnswers?: boolean
  readonly keepsAnswers?: boolean
  readonly addsToOtherConsents?: boolean
  readonly replacesConsents?: boolean
  readonly ignoresConsents?: boolean
  readonly keepsPages?: boolean
  readonly keepsGrantsOfEndedConsents?: boolean
  readonly overwritesRings?: boolean
  readonly allowsEverybody?: boolean
}
