import { type ResourceIdentifier, parseResource } from "@postern/uri"
import * as Result from "effect/Result"
import type { Parameters } from "./parameters.ts"
import { ParameterInvalid, ParameterMissing, ResourceInvalid } from "./rejections.ts"

/** `VSCHAR = %x20-7E` (OAuth 2.1 appendix A), at least one. */
export const isVisible = (text: string): boolean => /^[\x20-\x7E]+$/.test(text)

/** `NQSCHAR = %x20-21 / %x23-5B / %x5D-7E` (OAuth 2.1 appendix A), at least one. */
export const isUnquoted = (text: string): boolean => /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/.test(text)

/** A required parameter; `spec` is the clause that requires it. */
export const required = (
  parameters: Parameters,
  parameter: string,
  spec: string
): Result.Result<string, ParameterMissing> => {
  const value = parameters.get(parameter)
  return value === undefined ? Result.fail(new ParameterMissing({ parameter, spec })) : Result.succeed(value)
}

/** A value of visible characters. */
export const visible = (parameter: string, value: string): Result.Result<string, ParameterInvalid> =>
  isVisible(value) ? Result.succeed(value) : Result.fail(new ParameterInvalid({ parameter, reason: "characters" }))

/** Every resource as the identifier that it is, in order (RFC 8707 section 2). */
export const resourceIdentifiers = (
  values: ReadonlyArray<string>
): Result.Result<ReadonlyArray<ResourceIdentifier>, ResourceInvalid> => {
  const identifiers: Array<ResourceIdentifier> = []
  for (const value of values) {
    const parsed = parseResource(value)
    if (Result.isFailure(parsed)) {
      const reason = parsed.failure._tag === "TransportInsecure" ? "insecure" : "malformed"
      return Result.fail(new ResourceInvalid({ reason }))
    }
    identifiers.push(parsed.success)
  }
  return Result.succeed(identifiers)
}
