/** How many different lists are known; one beyond them is kept by whoever has it. */
const MAXIMUM_LISTS = 1000

/** Most grants are for the same few resources and scopes: lists that say the same are one list. */
export const makeSharedLists = (): ((list: ReadonlyArray<string>) => ReadonlyArray<string>) => {
  const lists = new Map<string, ReadonlyArray<string>>()
  return (list) => {
    const key = JSON.stringify(list)
    const known = lists.get(key)
    if (known !== undefined) return known
    if (lists.size < MAXIMUM_LISTS) lists.set(key, list)
    return list
  }
}
