/**
 * Which of the authorization servers of a resource is used: one for which a client id is configured, else one where
 * credentials are held already, else the first (RFC 9728 section 7.6 leaves the choice to the client).
 */
export const chooseServer = (facts: {
  readonly named: ReadonlyArray<string>
  readonly configured: ReadonlyArray<string>
  readonly held: ReadonlyArray<string>
}): string | undefined =>
  facts.named.find((issuer) => facts.configured.includes(issuer)) ??
  facts.named.find((issuer) => facts.held.includes(issuer)) ??
  facts.named[0]
