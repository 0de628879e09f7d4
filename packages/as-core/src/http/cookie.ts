/** How the browser's session travels. */
export interface CookieSettings {
  /** Begins with `__Host-` where https, so that no other host or path can set it (RFC 6265bis section 4.1.3.2). */
  readonly name: string
  readonly secure: boolean
}

/**
 * The settings for an issuer. Cookies keep neither ports nor, with `Path=/`, paths apart: the name does, so that two servers on one
 * host do not take each other's sessions away.
 */
export const cookieSettings = (issuer: string): CookieSettings => {
  const { port, pathname, protocol } = new URL(issuer)
  const secure = protocol === "https:"
  const place = `${port}${pathname}`.match(/\w+/g) ?? []
  return { name: [secure ? "__Host-postern" : "postern", ...place].join("-"), secure }
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
