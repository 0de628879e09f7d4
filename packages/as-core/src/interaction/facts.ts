import type { ClientFacts } from "../pages.ts"
import type { Client } from "../store.ts"

const secure = (uri: string | undefined): string | undefined => (uri?.startsWith("https://") ? uri : undefined)

/** What a page may say of a client. */
export const clientFacts = (client: Client, logo: string | undefined): ClientFacts => ({
  name: client.name === "" ? client.clientId : client.name,
  // The URL parser gives a host in ASCII: look-alike letters show as xn--… (section 6.4 of the draft).
  host: client.origin === "document" ? new URL(client.clientId).host : undefined,
  origin: client.origin,
  logo,
  clientUri: secure(client.clientUri),
  policyUri: secure(client.policyUri),
  tosUri: secure(client.tosUri)
})

/** The host that the user is sent to, or the private-use scheme where there is none. */
export const redirectHostOf = (redirectUri: string): string => {
  const { host, protocol } = new URL(redirectUri)
  return protocol === "http:" || protocol === "https:" ? host : protocol
}
