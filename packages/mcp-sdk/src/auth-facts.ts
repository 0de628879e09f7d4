import type { Access } from "@postern/resource-server"

/** What stands around a token: its text, the resource that it is for and the document that challenges name. */
export interface AuthInfoContext {
  /** The access token's text, which is no part of an `Access`; empty unless told. */
  readonly token?: string
  /** The resource identifier (RFC 8707). */
  readonly resource?: string
  /** The URL of the protected resource metadata document (RFC 9728), for the SDK's own scope challenges. */
  readonly resourceMetadataUrl?: string
}

type Token = Pick<Access["token"], "clientId" | "scope" | "expiresAt" | "subject" | "issuer" | "id" | "claims">

/** What both lines of the SDK want to know of a token, but for its text. */
export const describeToken = (token: Token, { resource }: AuthInfoContext) => ({
  clientId: token.clientId,
  scopes: [...token.scope],
  expiresAt: token.expiresAt,
  ...(resource === undefined ? {} : { resource: new URL(resource) }),
  extra: { subject: token.subject, issuer: token.issuer, id: token.id, claims: token.claims }
})

/** The text can be read but is not enumerable: an error or a log that carries the whole object does not carry the token. */
export const withToken = <Facts extends object>(facts: Facts, token: string): Facts & { readonly token: string } => {
  const info = { ...facts, token }
  Object.defineProperty(info, "token", { enumerable: false })
  return info
}

/** The text of the token in an `Authorization` header that was accepted. */
export const tokenIn = (authorization: string | null): string =>
  /^(?:bearer|dpop) +([^ ]+)$/i.exec(authorization ?? "")?.[1] ?? ""
