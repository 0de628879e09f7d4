import { isUnambiguous } from "./resource-name.ts"

/** The key for everything that no other names. */
export const ALL = "*"

// `x:a`, `x:/a`, `x://a` and `x:///a` are four URIs, but not to a reader that cuts off the scheme and every slash.
const FORM = /^([a-z][a-z0-9+.-]*):(\/{3}|\/{0,2}(?=[^/]))/

/** The scheme of a URI, and how many slashes follow it; `undefined` where a key leaves that open. */
const formOf = (uri: string): { readonly scheme: string; readonly slashes: string } | undefined => {
  const [, scheme, slashes] = FORM.exec(uri) ?? []
  return scheme === undefined || slashes === undefined ? undefined : { scheme, slashes }
}

/** For each scheme the forms in which the keys name it. */
const formsOf = (keys: ReadonlyArray<string>): ReadonlyMap<string, ReadonlySet<string>> => {
  const forms = new Map<string, Set<string>>()
  for (const key of keys) {
    const form = formOf(key)
    if (form) forms.set(form.scheme, (forms.get(form.scheme) ?? new Set()).add(form.slashes))
  }
  return forms
}

interface Pattern<Rule> {
  readonly beginning: string
  readonly rule: Rule
  /** Whether the pattern says how many slashes follow the scheme. */
  readonly hasForm: boolean
  readonly hasQuery: boolean
}

const patternsOf = <Rule>(table: ReadonlyMap<string, Rule>): ReadonlyArray<Pattern<Rule>> =>
  [...table]
    .filter(([key]) => key.endsWith("*"))
    .map(([key, rule]) => {
      const beginning = key.slice(0, -1)
      return { beginning, rule, hasForm: formOf(beginning) !== undefined, hasQuery: beginning.includes("?") }
    })
    .toSorted((a, b) => b.beginning.length - a.beginning.length)

/**
 * Finds what a table of exact URIs, beginnings (`notes://*`) and {@link ALL} has for a URI: the exact one, else the longest
 * beginning, else what stands for all. Patterns are only for URIs that every reader reads alike.
 */
export const findByUri = <Rule>(table: ReadonlyMap<string, Rule>): ((uri: string) => Rule | undefined) => {
  const keys = [...table.keys()].filter((key) => key !== ALL)
  const patterns = patternsOf(table)
  const forms = formsOf(keys.map((key) => (key.endsWith("*") ? key.slice(0, -1) : key)))
  const queryCounts = keys.some((key) => key.includes("?"))

  const isNamedInOtherForm = (uri: string): boolean => {
    const form = formOf(uri)
    return form !== undefined && [...(forms.get(form.scheme) ?? [])].some((slashes) => slashes !== form.slashes)
  }

  const findPattern = (uri: string): Pattern<Rule> | undefined => {
    const found = patterns.find(({ beginning }) => uri.startsWith(beginning))
    return found?.hasForm || !isNamedInOtherForm(uri) ? found : undefined
  }

  // A key that ends in `*` is a pattern and no URI.
  const findExact = (uri: string): Rule | undefined => (uri.endsWith("*") ? undefined : table.get(uri))

  return (uri) => {
    const exact = findExact(uri)
    if (exact !== undefined) return exact
    // Where all resources need the same, no spelling leads to more.
    if (keys.length === 0) return table.get(ALL)
    if (!isUnambiguous(uri, queryCounts)) return undefined
    const found = findPattern(uri)
    if (found === undefined || found.hasQuery || !uri.includes("?")) return found?.rule
    // A reader that drops the query has to come to the same rule.
    const path = uri.slice(0, uri.indexOf("?"))
    return found.rule === (findExact(path) ?? findPattern(path)?.rule) ? found.rule : undefined
  }
}
