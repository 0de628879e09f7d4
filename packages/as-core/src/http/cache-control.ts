/** For how many seconds an answer may be kept: `limit`, or less where its server says so (RFC 9111 section 5.2.2). */
export const maximumAgeOf = (header: string | null, limit: number): number => {
  const directives = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((directive) => directive.trim())
  if (directives.includes("no-store") || directives.includes("no-cache")) return 0
  const age = directives.find((directive) => /^max-age=\d{1,9}$/.test(directive))?.slice("max-age=".length)
  return age === undefined ? limit : Math.min(limit, Number(age))
}
