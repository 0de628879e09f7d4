// What a client that is measured is, and who they are.
import type { World } from "./world.ts"

/** How a client comes to an identifier. */
export type Way = "registration" | "document"

/** What outlives a client: what it keeps where its host says. */
export type Storage = Record<string, unknown>

/** Calls the tool once, logging in if that is needed; throws unless it is answered. */
export type Call = () => Promise<void>

/** Makes a client of a world, as a host would. */
export type Make = (world: World, way: Way, storage: Storage) => Call

export interface Contestant {
  readonly label: string
  /** The file beside this one that has its `make`. */
  readonly file: string
}

export const CONTESTANTS = {
  ours: { label: "`@postern/client-flow`", file: "ours.ts" },
  official: { label: "`@modelcontextprotocol/client`", file: "official.ts" },
  saving: { label: "the same, discovery saved", file: "official-saving.ts" }
} satisfies Readonly<Record<string, Contestant>>

export type Name = keyof typeof CONTESTANTS
export const NAMES = Object.keys(CONTESTANTS) as ReadonlyArray<Name>

/** Imports a client. */
export const load = async (name: Name): Promise<Make> => (await import(`./${CONTESTANTS[name].file}`)).make
