import type { AddressKind } from "./address.ts"
import type { Target } from "./judge.ts"
import type { SafeRequest } from "./transport.ts"

/** Whether a request may go on, now that it is known where its host lies; remembers it of hosts that were typed. */
export type CheckHost = (target: Target, request: SafeRequest, kinds: ReadonlyArray<AddressKind | undefined>) => boolean

/**
 * A host that was public when it was asked as typed is a public host, and what it names on itself may not lead to a private
 * address: its owner could have moved the name there in between. Where the host is first asked by a name of its own, there is
 * nothing to compare with. Only hosts that were typed are remembered.
 */
export const makeHostCheck = (): CheckHost => {
  const publicHosts = new Set<string>()
  return ({ url, vouched }, { namedBy }, kinds) => {
    if (!vouched) return true
    const isPublic = kinds.every((kind) => kind === "public")
    if (namedBy !== undefined) return isPublic || !publicHosts.has(url.hostname)
    if (isPublic) publicHosts.add(url.hostname)
    else publicHosts.delete(url.hostname)
    return true
  }
}
