import { importPrivateKey, importPublicKey, publicJwkOf, signBytes, verifySignature } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import type { SigningKey } from "../options.ts"
import { type KeySet, publish, type ReadyKey, signingAlgorithms } from "./key-set.ts"

const invalid = (key: string, reason: string) =>
  Effect.fail(new ConfigurationInvalid({ key, reason, spec: "RFC 7517 section 4" }))

const probe = new TextEncoder().encode("postern")

/** Imports both halves and makes sure that they belong together: a mixed-up pair would sign what nobody can verify. */
export const importPair = Effect.fnUntraced(function* (key: {
  readonly kid: string
  readonly alg: ReadyKey["alg"]
  readonly privateJwk: Readonly<Record<string, string>>
}) {
  const publicJwk = publicJwkOf(key.alg, key.privateJwk)
  const privateKey = yield* importPrivateKey(key.alg, key.privateJwk)
  const publicKey = yield* importPublicKey(key.alg, publicJwk)
  if (privateKey === undefined || publicKey === undefined) return undefined
  const signature = yield* signBytes(key.alg, privateKey, probe)
  if (!(yield* verifySignature(key.alg, publicKey, signature, probe))) return undefined
  return { ready: { kid: key.kid, alg: key.alg, privateKey } satisfies ReadyKey, publicJwk }
})

/** Only what is text: `key_ops` and `ext` say what the key may do elsewhere. */
const textMembers = (jwk: object): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(jwk).flatMap(([name, value]: [string, unknown]) =>
      typeof value === "string" ? [[name, value]] : []
    )
  )

/** The smallest RSA modulus (RFC 7518 section 3.3), in letters of base64url: 2048 bits. */
const RSA_MODULUS_LETTERS = 342

/** Keys that the operator keeps: the first one signs, all are published. */
export const makeFixedKeys = Effect.fnUntraced(function* (
  keys: ReadonlyArray<SigningKey>
): Effect.fn.Return<KeySet, ConfigurationInvalid> {
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) {
    return yield* invalid("keys", "two keys have the same kid")
  }
  const imported = yield* Effect.forEach(keys, (key, index) =>
    Effect.gen(function* () {
      const at = `keys[${index}]`
      if (typeof key.kid !== "string" || key.kid === "") return yield* invalid(`${at}.kid`, "has to be a text")
      if (!signingAlgorithms.includes(key.alg)) {
        return yield* invalid(`${at}.alg`, `has to be one of ${signingAlgorithms.join(", ")}`)
      }
      const privateJwk = textMembers(key.privateKey)
      if (key.alg === "RS256" && (privateJwk["n"]?.length ?? 0) < RSA_MODULUS_LETTERS) {
        return yield* invalid(`${at}.privateKey`, "an RSA key has to have 2048 bits at least")
      }
      // The platform's error is dropped: it may quote the key.
      const pair = yield* importPair({ kid: key.kid, alg: key.alg, privateJwk })
      return pair === undefined
        ? yield* invalid(`${at}.privateKey`, `has to be a private JWK for ${key.alg} whose halves match`)
        : pair
    })
  )
  const [signing] = imported
  if (signing === undefined) return yield* invalid("keys", "at least one is required")
  const published = imported.map(({ publicJwk, ready: { kid, alg } }) => publish({ kid, alg, publicJwk }))
  return { signing: Effect.succeed(signing.ready), published: Effect.succeed(published) }
})
