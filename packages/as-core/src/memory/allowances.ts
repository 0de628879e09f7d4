import type { Allowance } from "../store.ts"

type Named = Pick<Allowance, "resource" | "scope" | "to">

/** What administrators allowed beforehand. */
export interface Allowances {
  readonly add: (allowance: Allowance) => void
  readonly remove: (allowance: Named) => void
  readonly find: (of: { readonly subject?: string | undefined; readonly clientId: string }) => ReadonlyArray<Allowance>
}

/** Makes an empty one. */
export const makeAllowances = (): Allowances => {
  const kinds = {
    client: new Map<string, ReadonlyArray<Allowance>>(),
    subject: new Map<string, ReadonlyArray<Allowance>>()
  }
  const held = ({ id, kind }: Allowance["to"]): ReadonlyArray<Allowance> => kinds[kind].get(id) ?? []
  const isSame = (one: Named, other: Named): boolean => one.resource === other.resource && one.scope === other.scope

  return {
    add(allowance) {
      const { id, kind } = allowance.to
      const before = held(allowance.to)
      if (!before.some((one) => isSame(one, allowance))) kinds[kind].set(id, [...before, allowance])
    },
    remove(allowance) {
      const { id, kind } = allowance.to
      const left = held(allowance.to).filter((one) => !isSame(one, allowance))
      if (left.length > 0) kinds[kind].set(id, left)
      else kinds[kind].delete(id)
    },
    find: ({ clientId, subject }) => [
      ...held({ kind: "client", id: clientId }),
      ...(subject === undefined ? [] : held({ kind: "subject", id: subject }))
    ]
  }
}
