import { type JsonObject, member } from "@postern/metadata"
import type { ScopeSet } from "@postern/scope"
import type { Dialect } from "./dialect.ts"
import { AudienceMismatch } from "./rejections.ts"

/** Who we are, and which strangers may stand beside us. */
export interface AudienceRules {
  readonly audience: ReadonlyArray<string>
  readonly foreignAudiences: ReadonlySet<string>
  readonly dialect: Dialect
}

// ASCII alone: lower-casing must not turn another letter, such as the Kelvin sign, into one of these.
const HTTP_URL = /^(https?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?(?=[/?#]|$)/i

const PORTS: Readonly<Record<string, string>> = { http: ":80", https: ":443" }

/**
 * The spelling by which audience names are compared: of an http or https URL the scheme and host in lower case and without
 * the scheme's own port (MCP authorization, canonical server URI), of anything else the text itself. What follows the
 * authority is never touched: not a letter's case, not a dot segment, and not a slash at the end.
 */
export const foldAudience = (name: string): string => {
  const match = HTTP_URL.exec(name)
  if (match === null) return name
  const [head, scheme = "", host = "", port = ""] = match
  const lower = scheme.toLowerCase()
  return `${lower}://${host.toLowerCase()}${port === PORTS[lower] ? "" : port}${name.slice(head.length)}`
}

const names = (list: Iterable<string>, name: string): boolean => {
  const folded = foldAudience(name)
  for (const entry of list) if (foldAudience(entry) === folded) return true
  return false
}

/** Whether a token's audience names us and nobody who is not listed; `undefined` when it does. */
const judge = (
  audience: ReadonlyArray<string>,
  { audience: ours, foreignAudiences: foreign }: AudienceRules
): "other" | "foreign" | undefined => {
  let named = false
  let stranger = false
  for (const name of audience) {
    // Nearly every token spells it as we do.
    if (ours.includes(name) || names(ours, name)) named = true
    else if (!foreign.has(name) && !names(foreign, name)) stranger = true
  }
  if (!named) return "other"
  return stranger ? "foreign" : undefined
}

const isText = (value: unknown): value is string => typeof value === "string"

/** RFC 7519 section 4.1.3: one string, or several in an array; `undefined` for anything else. */
const readNames = (value: unknown): ReadonlyArray<string> | undefined => {
  if (typeof value === "string") return [value]
  return Array.isArray(value) && value.every(isText) ? value : undefined
}

/** The names before the last separator of each scope; a scope without one, such as `openid`, names no resource. */
const readPrefixes = (scope: ScopeSet, separator: string): ReadonlyArray<string> => {
  const prefixes = new Set<string>()
  for (const token of scope) {
    const end = token.lastIndexOf(separator)
    if (end > 0) prefixes.add(token.slice(0, end))
  }
  return [...prefixes]
}

/**
 * Whom the token is for, if it is for us (RFC 9068 section 4): each name a string, ours among them, and beside ours none
 * that is not listed, because who else may receive the token may also send it here.
 */
export const checkAudience = (
  claims: JsonObject,
  scope: ScopeSet,
  rules: AudienceRules
): ReadonlyArray<string> | AudienceMismatch => {
  const refuse = (reason: AudienceMismatch["reason"]) => new AudienceMismatch({ expected: rules.audience, reason })
  const source = rules.dialect.audience
  const value = member(claims, "aud")
  const audience = value === undefined ? undefined : readNames(value)
  if (value !== undefined) {
    if (audience === undefined) return refuse("shape")
    const reason = judge(audience, rules)
    if (reason !== undefined) return refuse(reason)
  }
  if (source.from === "aud") return audience ?? refuse("absent")
  if (source.from === "claim") {
    // An identifier and no URL of a resource: compared as it is.
    const stated = member(claims, source.claim)
    if (stated === undefined) return refuse("absent")
    return typeof stated === "string" && rules.audience.includes(stated) ? [stated] : refuse("other")
  }
  const prefixes = readPrefixes(scope, source.separator)
  const reason = prefixes.length === 0 ? "absent" : judge(prefixes, rules)
  return reason === undefined ? prefixes : refuse(reason)
}
