import { isJsonObject } from "./json-object.ts"
import type { MetadataIssue } from "./metadata-malformed.ts"

// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1: the members that hold private or symmetric key material.
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

/**
 * What is wrong with the keys that a client publishes (RFC 7591 section 2): `jwks` and `jwks_uri` exclude each other, and a
 * key set has at least one key, all of them public.
 */
export const publicKeyIssues = (document: Readonly<Record<string, unknown>>): ReadonlyArray<MetadataIssue> => {
  const jwks = document["jwks"]
  if (jwks === undefined) return []
  const issues: Array<MetadataIssue> = []
  if (document["jwks_uri"] !== undefined) issues.push({ path: "jwks", message: "must not stand beside jwks_uri" })
  const keys = isJsonObject(jwks) ? jwks["keys"] : undefined
  if (!Array.isArray(keys) || keys.length === 0) {
    return [...issues, { path: "jwks.keys", message: "must be an array of at least one key" }]
  }
  for (const [index, key] of keys.entries()) issues.push(...keyIssues(key, `jwks.keys[${index}]`))
  return issues
}

const keyIssues = (key: unknown, path: string): ReadonlyArray<MetadataIssue> => {
  if (!isJsonObject(key)) return [{ path, message: "must be an object" }]
  const issues = SECRET_MEMBERS.filter((member) => Object.hasOwn(key, member)).map((member) => ({
    path: `${path}.${member}`,
    message: "must not be published: it is key material"
  }))
  if (typeof key["kty"] !== "string") return [...issues, { path: `${path}.kty`, message: "must be a string" }]
  if (key["kty"] === "oct") return [...issues, { path: `${path}.kty`, message: "must not be oct: a symmetric key" }]
  return issues
}
