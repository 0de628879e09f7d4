/** Where a store is, so that each process opens the same one. */
export type Place =
  | { readonly kind: "sqlite"; readonly path: string; readonly durability: "process" | "power" }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string }

/** A way in which the database itself is disturbed while servers use it; afterwards it works again. */
export interface Disturbance {
  readonly name: string
  readonly run: () => Promise<void>
}

/** An empty store that is soaked: where it is, and what only its own kind of database can be asked or told. */
export interface Ground {
  readonly name: string
  readonly place: Place
  /** The same store under which other names it may be opened from one start of a server to the next. */
  readonly places: readonly [Place, ...ReadonlyArray<Place>]
  /** How many servers run over it at a time: of two, one is killed and the other goes on. */
  readonly servers: 1 | 2
  /** The rows of a query, in the SQL that all databases have in common. */
  readonly rows: (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
  /** What the database says of its own files, empty where they are whole. */
  readonly complaints: () => Promise<ReadonlyArray<string>>
  /** Keeps all who write waiting until the answer is called. */
  readonly hold: () => Promise<() => Promise<void>>
  readonly disturbances: ReadonlyArray<Disturbance>
  readonly close: () => Promise<void>
}

/** A kind of store. */
export interface Kind {
  readonly name: string
  readonly prepare: () => Promise<Ground>
  readonly close: () => Promise<void>
}
