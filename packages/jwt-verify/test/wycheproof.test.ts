import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Algorithm, verifySignature } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"

interface Vectors {
  readonly testGroups: ReadonlyArray<{
    readonly public?: unknown
    readonly private?: unknown
    readonly tests: ReadonlyArray<{
      readonly tcId: number
      readonly jws: unknown
      readonly result: "valid" | "invalid"
    }>
  }>
}

const folder = process.env["POSTERN_VECTORS"] ?? join(import.meta.dirname, "../../../../shared/vectors")
const file = join(folder, "wycheproof/json_web_signature_test.json")

const algorithms: ReadonlyArray<Algorithm> = [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512"
]

// Valid there and refused here.
const HMAC = [1, 348, 352, 357, 358, 359, 376, 377]
// HMAC as well, and with a character outside base64url in the header or the payload.
const NOT_BASE64URL = [372, 373]
// The key names another algorithm than the token (PS256 and PS384), or one that there is not (ES521).
const OTHER_ALGORITHM_OF_KEY = [346, 347, 350, 351]

// JWT-39 names two files more of the same commit, which are not among our vectors and so are not run:
// json_web_key_test.json (26 cases) and json_web_crypto_test.json (83).
describe("Wycheproof json_web_signature_test.json", () => {
  if (existsSync(file)) {
    it("[JWT-39] gives the verdict of each of the 401 vectors, but for symmetric algorithms and keys of another algorithm", async () => {
      const { testGroups } = JSON.parse(readFileSync(file, "utf8")) as Vectors
      const stricter: Array<number> = []
      const laxer: Array<number> = []
      let count = 0
      for (const group of testGroups) {
        const jwks = { keys: [group.public ?? group.private] }
        for (const { jws, result, tcId } of group.tests) {
          const token = typeof jws === "string" ? jws : JSON.stringify(jws)
          const accepted = await Effect.runPromise(Effect.isSuccess(verifySignature({ token, jwks, algorithms })))
          if (accepted && result !== "valid") laxer.push(tcId)
          if (!accepted && result === "valid") stricter.push(tcId)
          count++
        }
      }
      expect(count).toBe(401)
      expect(laxer).toEqual([])
      expect(stricter).toEqual([...HMAC, ...NOT_BASE64URL, ...OTHER_ALGORITHM_OF_KEY].sort((a, b) => a - b))
    })
  } else {
    it("has no Wycheproof vectors beside it", () => {
      expect(existsSync(file)).toBe(false)
    })
  }
})
