/** How the browser's session travels. */
export interface CookieSettings {
  /** `__Host-postern` where https, so that no other host or path can set it (RFC 6265bis section 4.1.3.2). */
  readonly name: string
  readonly secure: boolean
}

/** The one value of our cookie; `undefined` when it is absent, ambiguous or not of the form that we give out. */
export const readCookie = (header: string | null, { name }: CookieSettings): string | undefined => {
  const values = (header ?? "").split(";").flatMap((pair) => {
    const at = pair.indexOf("=")
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : []
  })
  const [value] = values
  return values.length === 1 && value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
}

/** The Set-Cookie header that gives the browser a session. */
export const writeCookie = (value: string, { name, secure }: CookieSettings): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`
