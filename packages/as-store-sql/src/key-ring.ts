import type { KeyRing, SaveKeyRingOutcome, StoredKey } from "@postern/as-core"
import { type Fields, integer, json, object, objects, oneOf, optionalInteger, text } from "./fields.ts"
import { type Body, statement } from "./statement.ts"

const readPublicJwk = (fields: Fields): StoredKey["publicJwk"] =>
  Object.fromEntries(Object.keys(fields).map((name) => [name, text(fields, name)] as const))

const readKey = (fields: Fields): StoredKey => ({
  kid: text(fields, "kid"),
  alg: oneOf(fields, "alg", ["ES256", "EdDSA", "RS256"]),
  publicJwk: readPublicJwk(object(fields, "publicJwk")),
  sealedPrivateKey: text(fields, "sealedPrivateKey"),
  createdAt: integer(fields, "createdAt"),
  signsFrom: integer(fields, "signsFrom"),
  publishedUntil: optionalInteger(fields, "publishedUntil")
})

export function* findKeyRing(): Body<KeyRing | undefined> {
  const [row] = yield statement("SELECT version, keys FROM key_ring WHERE one = 1")
  return row && { version: integer(row, "version"), keys: objects(json(row, "keys"), "keys").map(readKey) }
}

/** One statement: whoever finds another version than expected changes nothing and gets no row back. */
export function* saveKeyRing({
  expected,
  keys
}: {
  readonly expected: number
  readonly keys: ReadonlyArray<StoredKey>
}): Body<SaveKeyRingOutcome> {
  const ring = JSON.stringify(keys)
  const written =
    expected === 0
      ? yield statement(
          "INSERT INTO key_ring (one, version, keys) VALUES (1, 1, ?) ON CONFLICT (one) DO NOTHING RETURNING one",
          ring
        )
      : yield statement(
          "UPDATE key_ring SET version = version + 1, keys = ? WHERE one = 1 AND version = ? RETURNING one",
          ring,
          expected
        )
  return written.length === 1 ? "Saved" : "Stale"
}
