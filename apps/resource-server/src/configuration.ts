import * as Result from "effect/Result"
import * as z from "zod/mini"
import {
  checkListen,
  checkValues,
  type ConfigurationInvalid,
  decodeConfiguration as decode,
  listenSchema
} from "@postern/app-program"
import { parseIssuer, parseResource, parseSecureUrl } from "@postern/uri"

const text = z.string().check(z.minLength(1))

const configuration = z.strictObject({
  /** The resource identifier: the URL that clients are given, byte for byte. */
  resource: text,
  name: z._default(text, "Notes"),
  listen: listenSchema,
  /** Whose tokens are accepted: the issuer, and where its keys lie (as its metadata says unless told). */
  authorizationServer: z.strictObject({
    issuer: text,
    jwksUri: z.optional(text),
    /** PEM file with further trust anchors for reaching it. */
    ca: z.optional(text)
  })
})

/** A checked configuration. */
export type Configuration = z.infer<typeof configuration>
/** What may stand in the file: members with a default may be left out. */
export type ConfigurationInput = z.input<typeof configuration>

/** Checks a parsed configuration file; unknown keys are refused. */
export const decodeConfiguration = (input: unknown): Result.Result<Configuration, ConfigurationInvalid> =>
  Result.gen(function* () {
    const decoded = yield* decode(configuration, input)
    const { issuer, jwksUri } = decoded.authorizationServer
    yield* checkValues([
      ["resource", parseResource(decoded.resource)],
      ["authorizationServer.issuer", parseIssuer(issuer)],
      ...(jwksUri === undefined ? [] : [["authorizationServer.jwksUri", parseSecureUrl(jwksUri)] as const])
    ])
    yield* checkListen(decoded.resource, decoded.listen)
    return decoded
  })
