import { randomBytes, scrypt, timingSafeEqual } from "node:crypto"

/** Cost of a new hash: 32 MB and about a tenth of a second (OWASP's scrypt setting N = 2^15, r = 8, p = 3). */
const COST = { logN: 15, r: 8, p: 3 } as const

const derive = (password: string, salt: Uint8Array, cost: { logN: number; r: number; p: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: 2 ** cost.logN, r: cost.r, p: cost.p, maxmem: 256 * 2 ** cost.logN * cost.r }
    scrypt(password.normalize("NFC"), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
  })

/** A password as `scrypt$15$8$3$SALT$HASH` (base64url), for the configuration file. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, COST)
  return ["scrypt", COST.logN, COST.r, COST.p, salt.toString("base64url"), hash.toString("base64url")].join("$")
}

/** The form of a hash, and bounds on what it may cost to check. */
export const PASSWORD_HASH = /^scrypt\$(1[0-9]|20)\$([1-9]|1[0-6])\$([1-9]|1[0-6])\$([\w-]{16,64})\$([\w-]{43})$/

/** Whether the password is the hash's. The hash must match {@link PASSWORD_HASH}. */
export const checkPassword = async (password: string, hash: string): Promise<boolean> => {
  const [, logN, r, p, salt, expected] = PASSWORD_HASH.exec(hash) ?? []
  if (salt === undefined || expected === undefined) throw new TypeError("not a password hash")
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) }
  return timingSafeEqual(
    await derive(password, Buffer.from(salt, "base64url"), cost),
    Buffer.from(expected, "base64url")
  )
}
