/**
 * Whose metadata documents are read: hosts by name (`example.com`), with all below them (`*.example.com`), or by a function
 * of the host in lower case, without a port.
 */
export type HostPolicy =
  | { readonly allow: ReadonlyArray<string> }
  | { readonly deny: ReadonlyArray<string> }
  | ((host: string) => boolean)

/** A host, or `*.` and a host, in ASCII and lower case, as a URL prints it. */
export const isHostPattern = (pattern: string): boolean => {
  const host = pattern.startsWith("*.") ? pattern.slice(2) : pattern
  return /^[a-z0-9.-]*[a-z0-9]$/.test(host) && URL.parse(`https://${host}/`)?.hostname === host
}

const matches = (pattern: string, host: string): boolean =>
  pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern

/** Whether documents of this host are read; every host where there is no policy. */
export const isTrustedHost = (policy: HostPolicy | undefined, hostname: string): boolean => {
  if (policy === undefined) return true
  if (typeof policy === "function") {
    // Whoever forgets to answer, or answers with a promise, has not said yes.
    const answer: unknown = policy(hostname)
    return answer === true
  }
  if ("allow" in policy) return policy.allow.some((pattern) => matches(pattern, hostname))
  // `example.com.` is found at the same place.
  const host = hostname.replace(/(?<!\.)\.+$/, "")
  return !policy.deny.some((pattern) => matches(pattern, host))
}
