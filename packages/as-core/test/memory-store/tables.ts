import type {
  Allowance,
  Code,
  Consent,
  Grant,
  Interaction,
  KeyRing,
  RefreshToken,
  Registration,
  SealedAnswer,
  Session
} from "@postern/as-core"

/** A map whose changes can be taken back. */
export interface Table<A> {
  readonly get: (key: string) => A | undefined
  readonly entries: () => ReadonlyArray<readonly [string, A]>
  readonly values: () => ReadonlyArray<A>
  /** Adds what must not be there yet. */
  readonly insert: (key: string, value: A) => void
  /** Puts a value in its place, or at the end. */
  readonly set: (key: string, value: A) => void
  readonly remove: (key: string) => void
}

export interface StoredClient {
  readonly registration: Registration
  readonly used: boolean
}

export interface StoredGrant {
  readonly grant: Grant
  readonly ended: boolean
}

export interface StoredCode {
  readonly code: Code
  readonly used: boolean
}

/** The live token of a grant, and the answer that was given for the one before it. */
export interface Chain {
  readonly live: RefreshToken
  readonly previous?: { readonly tokenHash: string; readonly answer: SealedAnswer } | undefined
}

export interface Tables {
  readonly clients: Table<StoredClient>
  readonly sessions: Table<Session>
  readonly interactions: Table<Interaction>
  readonly grants: Table<StoredGrant>
  readonly codes: Table<StoredCode>
  readonly chains: Table<Chain>
  readonly consents: Table<Consent>
  readonly allowances: Table<Allowance>
  readonly spent: Table<number>
  readonly rings: Table<KeyRing>
}

/** The key of what belongs to several things. */
export const keyOf = (...parts: ReadonlyArray<string>): string => JSON.stringify(parts)

/** All tables of one store, with the list of what takes their last changes back. */
export const makeTables = (): { readonly tables: Tables; readonly undo: Array<() => void> } => {
  const undo: Array<() => void> = []
  const make = <A>(): Table<A> => {
    const rows = new Map<string, A>()
    const set = (key: string, value: A): void => {
      const before = rows.get(key)
      undo.push(() => (before === undefined ? rows.delete(key) : rows.set(key, before)))
      rows.set(key, value)
    }
    return {
      get: (key) => rows.get(key),
      entries: () => [...rows],
      values: () => [...rows.values()],
      insert: (key, value) => {
        if (rows.has(key)) throw new Error("the key is taken")
        set(key, value)
      },
      set,
      remove: (key) => {
        const before = rows.get(key)
        if (before === undefined) return
        undo.push(() => rows.set(key, before))
        rows.delete(key)
      }
    }
  }
  return {
    undo,
    tables: {
      clients: make(),
      sessions: make(),
      interactions: make(),
      grants: make(),
      codes: make(),
      chains: make(),
      consents: make(),
      allowances: make(),
      spent: make(),
      rings: make()
    }
  }
}
