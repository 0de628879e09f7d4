/**
 * Path and query of a request target (RFC 9112 section 3.2), or `undefined` for one that names no resource here. The authority
 * of an absolute form is dropped like the `Host` header: who we are comes from the configuration.
 */
export const pathOfTarget = (target = ""): string | undefined => {
  // Most are a path as they are.
  const path = target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?#]*/i, "")
  const rooted = path.startsWith("?") || (path === "" && target !== path) ? `/${path}` : path
  // A fragment is never sent (section 3.2.1); a backslash would become a slash when the URL is parsed.
  return rooted.startsWith("/") && !rooted.includes("#") && !rooted.includes("\\") ? rooted : undefined
}
