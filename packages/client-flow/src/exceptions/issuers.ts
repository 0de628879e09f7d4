import { Adjustment } from "../adjustment.ts"

/**
 * The metadata of this issuer has another one in it: `issuer`, character for character, and no third. It may be no URL, such as
 * a template. `iss` of the authorization response and assertions of clients are for the one that the metadata has.
 */
export const metadataIssuer = (issuer: string): Adjustment =>
  new Adjustment("issuer-of-metadata", {
    metadataIssuer: (found, expected) => (found === issuer ? expected : found)
  })

/**
 * The authorization response has another `iss` than the metadata says: `issuer`, character for character. It is compared as
 * before, with this one; the issuer of the metadata is then refused, and a promised `iss` still has to be there.
 */
export const callbackIssuer = (issuer: string): Adjustment =>
  new Adjustment("issuer-of-callback", { callbackIssuer: () => issuer })
