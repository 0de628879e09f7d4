import type { Target } from "../target.ts"

/**
 * Whether an error may be sent to the client before anybody is signed in. Anybody can register a client, or publish the document of
 * one, and let a link of ours lead to a page that looks like ours: the user has to be known first (OAuth 2.1 section 7.12.2,
 * "MUST take precautions"). Where the operator configured the client, or the answer stays on this computer, there is no such page.
 */
export const mayReturnAtOnce = ({ client, redirectUri }: Target): boolean =>
  client.origin === "configured" || !redirectUri.startsWith("https:")
