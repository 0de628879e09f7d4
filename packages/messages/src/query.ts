/** Names with their values; what is `undefined` is left out. */
export type QueryEntries = ReadonlyArray<readonly [name: string, value: string | undefined]>

/** The form-encoded text of the entries that have a value (RFC 6749 appendix B). */
export const formatQuery = (entries: QueryEntries): string =>
  new URLSearchParams(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] satisfies [string, string]]))
  ).toString()

/**
 * Appends entries to the query of a URI, before its fragment if it has one. What stands in the query stays byte for byte,
 * except for parameters with a name of `owned`: these would be there twice.
 */
export const appendQuery = (uri: string, entries: QueryEntries, owned: ReadonlySet<string>): string => {
  const hash = uri.indexOf("#")
  const fragment = hash < 0 ? "" : uri.slice(hash)
  const withoutFragment = hash < 0 ? uri : uri.slice(0, hash)
  const mark = withoutFragment.indexOf("?")
  const base = mark < 0 ? withoutFragment : withoutFragment.slice(0, mark)
  const kept =
    mark < 0
      ? []
      : withoutFragment
          .slice(mark + 1)
          .split("&")
          .filter((piece) => piece !== "" && !owned.has(nameOf(piece)))
  const added = formatQuery(entries)
  const query = added === "" ? kept.join("&") : [...kept, added].join("&")
  return `${base}${query === "" ? "" : `?${query}`}${fragment}`
}

/** The decoded name of one `name=value` piece. */
const nameOf = (piece: string): string => [...new URLSearchParams(`&${piece}`).keys()][0] ?? ""
