import type { Code, Grant } from "@postern/as-core"
import type { Tables } from "./tables.ts"

export const endGrants = ({ grants }: Tables, which: (grant: Grant) => boolean): void => {
  for (const [grantId, held] of grants.entries()) {
    if (which(held.grant)) grants.set(grantId, { ...held, ended: true })
  }
}

/** A grant with its code, as an approval makes them. */
export const addGrant = ({ grants, codes }: Tables, grant: Grant, code: Code): void => {
  if (code.grantId !== grant.grantId || code.clientId !== grant.clientId) throw new Error("a code is its grant's")
  grants.insert(grant.grantId, { grant, ended: false })
  codes.insert(code.codeHash, { code, used: false })
}
