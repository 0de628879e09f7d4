import { Rejection } from "@postern/rejection"
import * as Result from "effect/Result"
import type { AuthorizationServerMetadata } from "./authorization-server.ts"
import type { ProtectedResourceMetadata } from "./protected-resource.ts"

/** A document that some other issuer published than the one that was asked. */
export class IssuerMismatch extends Rejection("IssuerMismatch", "RFC 8414 section 3.3")<{
  readonly expected: string
  readonly received: string
}> {
  override get message() {
    return "the issuer in the authorization server metadata is not the issuer that the document was fetched for"
  }
}

/** A document that describes some other resource than the one that was asked for. */
export class ResourceMismatch extends Rejection("ResourceMismatch", "RFC 9728 section 3.3")<{
  readonly expected: string
  readonly received: string
}> {
  override get message() {
    return "the resource in the protected resource metadata is not the resource that the document was fetched for"
  }
}

/** An authorization server that does not say that it does PKCE with S256. */
export class PkceUnsupported extends Rejection(
  "PkceUnsupported",
  "MCP Authorization section Authorization Code Protection"
)<{ readonly issuer: string; readonly methods: ReadonlyArray<string> | undefined }> {
  override get message() {
    return "the authorization server metadata does not list S256 among code_challenge_methods_supported"
  }
}

/** The document, if its issuer is `expected`, character for character (RFC 8414 section 3.3). */
export const checkIssuer = (
  document: AuthorizationServerMetadata,
  expected: string
): Result.Result<AuthorizationServerMetadata, IssuerMismatch> =>
  document.issuer === expected
    ? Result.succeed(document)
    : Result.fail(new IssuerMismatch({ expected, received: document.issuer }))

/** The document, if its resource is `expected`, character for character (RFC 9728 section 3.3). */
export const checkResource = (
  document: ProtectedResourceMetadata,
  expected: string
): Result.Result<ProtectedResourceMetadata, ResourceMismatch> =>
  document.resource === expected
    ? Result.succeed(document)
    : Result.fail(new ResourceMismatch({ expected, received: document.resource }))

/** The document, if it lists the challenge method `S256`; absence means that there is no PKCE (RFC 8414 section 2). */
export const checkPkce = (
  document: AuthorizationServerMetadata
): Result.Result<AuthorizationServerMetadata, PkceUnsupported> =>
  document.code_challenge_methods_supported?.includes("S256")
    ? Result.succeed(document)
    : Result.fail(new PkceUnsupported({ issuer: document.issuer, methods: document.code_challenge_methods_supported }))
