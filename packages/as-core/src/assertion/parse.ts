import { decodeBase64Url } from "@postern/bytes"
import * as Result from "effect/Result"
import { ClientAuthenticationFailed } from "../rejections.ts"
import { assertionAlgorithms } from "./algorithm.ts"
import { type JsonObject, member, readPart } from "./json.ts"

/** An assertion as it says of itself; nothing of it is verified. */
export interface Assertion {
  readonly text: string
  readonly algorithm: string
  readonly kid: string | undefined
  readonly claims: JsonObject
  /** `sub`: the client that it says it is from. */
  readonly clientId: string
}

const MAXIMUM_LENGTH = 16_384

// "JWT" is what most libraries write; the first is the one of draft-ietf-oauth-rfc7523bis. What is for something else, such
// as an access token, is refused (RFC 8725 section 3.11).
const TYPES = ["client-authentication+jwt", "jwt"]

// RFC 8725 section 3.10: a key, or a place to fetch one, named by the assertion itself is the sender's. No extension is
// understood here (RFC 7515 section 4.1.11, RFC 7797 section 6).
const REFUSED_MEMBERS = ["jku", "jwk", "x5u", "x5c", "crit", "b64"]

/** Reads an assertion (RFC 7523 section 3): a JWS in compact form, by an algorithm that is served, about its own issuer. */
export const parseAssertion = (text: string): Result.Result<Assertion, ClientAuthenticationFailed> => {
  const fail = (reason: ClientAuthenticationFailed["reason"]) => Result.fail(new ClientAuthenticationFailed({ reason }))
  // Before anything is cut or decoded: the cost of a hostile assertion is bounded by this line.
  if (text.length > MAXIMUM_LENGTH) return fail("malformed")
  const [first, second, third, ...rest] = text.split(".", 4)
  if (first === undefined || second === undefined || third === undefined || rest.length > 0) return fail("malformed")
  const header = readPart(first)
  const claims = readPart(second)
  if (header === undefined || claims === undefined || decodeBase64Url(third) === undefined) return fail("malformed")
  if (REFUSED_MEMBERS.some((name) => Object.hasOwn(header, name))) return fail("malformed")
  if (!isAssertionType(member(header, "typ"))) return fail("assertion-type")
  const algorithm = member(header, "alg")
  if (typeof algorithm !== "string" || !assertionAlgorithms.includes(algorithm)) return fail("assertion-algorithm")
  const kid = member(header, "kid")
  if (kid !== undefined && typeof kid !== "string") return fail("malformed")
  // "iss" and "sub" are both the client.
  const clientId = member(claims, "sub")
  if (typeof clientId !== "string" || clientId === "" || member(claims, "iss") !== clientId) {
    return fail("assertion-subject")
  }
  return Result.succeed({ text, algorithm, kid, claims, clientId })
}

const isAssertionType = (type: unknown): boolean => {
  if (type === undefined) return true
  const name = typeof type === "string" ? type.toLowerCase() : ""
  return TYPES.includes(name.startsWith("application/") ? name.slice("application/".length) : name)
}
