import { isLoopbackRedirect } from "@postern/uri"

/**
 * What a client is that does not say: native where a redirect URI is on loopback or not https, else web (MCP Authorization section
 * Application Type and Redirect URI Constraints).
 */
export const applicationTypeOf = (redirectUris: ReadonlyArray<string>): "native" | "web" =>
  redirectUris.some((uri) => isLoopbackRedirect(uri) || !uri.startsWith("https:")) ? "native" : "web"
