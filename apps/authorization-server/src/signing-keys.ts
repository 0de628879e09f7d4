import { randomUUID } from "node:crypto"
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import * as z from "zod/mini"
import type { SigningKey } from "@postern/as-core"
import { exportJWK, generateKeyPair } from "jose"

const file = z.object({
  keys: z
    .array(
      z.looseObject({
        kid: z.string(),
        alg: z.literal("ES256"),
        kty: z.literal("EC"),
        crv: z.literal("P-256"),
        d: z.string()
      })
    )
    .check(z.minLength(1))
})

/** A new ES256 key. */
export const generateSigningKey = async (): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true })
  const kid = randomUUID()
  return {
    kid,
    alg: "ES256",
    privateKey: { ...(await exportJWK(privateKey)), kid, alg: "ES256", use: "sig" } as JsonWebKey
  }
}

/**
 * The keys of a file (a private JWK set). A missing file is made once, with one new key, readable by its owner only: of
 * two processes that start together one makes it and both read it.
 */
export const readSigningKeys = async (path: string): Promise<ReadonlyArray<SigningKey>> => {
  const decoded = file.safeParse(parse((await read(path)) ?? (await create(path))))
  // The message names the file, never what is in it.
  if (!decoded.success) throw new TypeError("it is not a set of private ES256 keys")
  return decoded.data.keys.map((jwk) => ({ kid: jwk.kid, alg: jwk.alg, privateKey: jwk as JsonWebKey }))
}

/** The JSON of a text, or `undefined`: the parser's own message quotes what it stumbled over, which is a key here. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const read = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined
    throw error
  })

const create = async (path: string): Promise<string> => {
  const key = await generateSigningKey()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${JSON.stringify({ keys: [key.privateKey] }, null, 2)}\n`, {
    mode: 0o600,
    flag: "wx",
    flush: true
  })
  // A link appears whole or not at all, and never replaces the file of a process that was quicker.
  await link(draft, path).catch((error: unknown) => {
    if (!hasCode(error, "EEXIST")) throw error
  })
  await unlink(draft)
  return readFile(path, "utf8")
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code
