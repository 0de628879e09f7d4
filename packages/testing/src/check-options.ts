import { callable, type Check, type Checks, list, members, optional, text, uri } from "./checks.ts"
import { ConfigurationInvalid } from "./configuration-invalid.ts"
import type { PersonalityOptions, TestClient } from "./personality.ts"

const CLIENT: Checks<TestClient> = {
  clientId: text,
  clientSecret: optional(text),
  redirectUris: list(uri, { least: 1 })
}

const COMMON: Checks<PersonalityOptions> = { clients: optional(list(members(CLIENT))), now: optional(callable) }

/** The options of a personality: what all have, and its own. Throws {@link ConfigurationInvalid}. */
export const checkOptions = <O extends PersonalityOptions>(
  options: O,
  own: Checks<Omit<O, keyof PersonalityOptions>>
): O => {
  const checks: Readonly<Record<string, Check>> = { ...COMMON, ...own }
  // Who writes no TypeScript may leave out what has to be there.
  members(checks)("", options === undefined ? {} : options)
  checkNames(options.clients ?? [])
  return options
}

const checkNames = (clients: ReadonlyArray<TestClient>): void => {
  const ids = clients.map(({ clientId }) => clientId)
  const second = ids.findIndex((id, index) => ids.indexOf(id) < index)
  if (second >= 0) throw new ConfigurationInvalid({ key: `clients[${second}].clientId`, reason: "is there twice" })
}
