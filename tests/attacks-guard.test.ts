import { createPublicKey } from "node:crypto"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { setFlagsFromString } from "node:v8"
import { inspect } from "node:util"
import { runInNewContext } from "node:vm"
import { decodeBase64Url, encodeBase64Url } from "@postern/bytes"
import {
  type FetchDocument,
  makeVerifier,
  TokenExpired,
  type Verifier,
  type VerifierOptions
} from "@postern/jwt-verify"
import { type ClosedGuardOptions, makeGuard, type TokenVerifier } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { exportJWK, exportSPKI, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

// Every case sends its tokens to a guard as requests and compares the answer on the wire with the catalogue's.

const I = "https://as.example.com"
const R = "https://mcp.example.com/mcp"
const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
const now = Math.floor(Date.now() / 1000)

const ES256 = { name: "ECDSA", hash: "SHA-256" }
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
const k1 = await generateKeyPair("ES256", { extractable: true })
const k2 = await generateKeyPair("RS256", { extractable: true })
const other = await generateKeyPair("ES256", { extractable: true })
const k1Public = { ...(await exportJWK(k1.publicKey)), kid: "k1", alg: "ES256", use: "sig" }
const k2Public = { ...(await exportJWK(k2.publicKey)), kid: "k2", alg: "RS256", use: "sig" }
const otherPublic = { ...(await exportJWK(other.publicKey)), kid: "k9", alg: "ES256", use: "sig" }
const jwks = { keys: [k1Public, k2Public] }

const header = { alg: "ES256", typ: "at+jwt", kid: "k1" }
const claims = {
  iss: I,
  sub: "u1",
  aud: R,
  client_id: "c1",
  iat: now,
  exp: now + 300,
  jti: "j1",
  scope: "files:read"
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text))
const encode = (part: unknown): string =>
  encodeBase64Url(part instanceof Uint8Array ? part : utf8(typeof part === "string" ? part : JSON.stringify(part)))

type Algorithm = AlgorithmIdentifier | EcdsaParams | RsaPssParams

/** Header and payload as objects, as text or as bytes: most of these no library would make. */
const sign = async (head: unknown, payload: unknown, key: CryptoKey = k1.privateKey, algorithm: Algorithm = ES256) => {
  const input = `${encode(head)}.${encode(payload)}`
  return `${input}.${encode(new Uint8Array(await crypto.subtle.sign(algorithm, key, utf8(input))))}`
}
const token = (changes: object = {}, headerChanges: object = {}): Promise<string> =>
  sign({ ...header, ...headerChanges }, { ...claims, ...changes })
const without = (claim: string) => token({ [claim]: undefined })
const hmac = (secret: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
const signHmac = async (secret: Uint8Array<ArrayBuffer>, kid: string) =>
  sign({ ...header, alg: "HS256", kid }, claims, await hmac(secret), "HMAC")
const signRsa = (key = k2.privateKey) => sign({ ...header, alg: "RS256", kid: "k2" }, claims, key, RS256)
const signPss = async (alg: "PS256" | "PS512") => {
  const jwk = { ...(await exportJWK(k2.privateKey)), alg }
  const hash = alg === "PS256" ? "SHA-256" : "SHA-512"
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "RSA-PSS", hash }, false, ["sign"])
  return sign({ ...header, alg, kid: "k2" }, claims, key, { name: "RSA-PSS", saltLength: alg === "PS256" ? 32 : 64 })
}

const VT = await token()
const [vtHeader = "", vtClaims = "", vtSignature = ""] = VT.split(".")

const call = (method: string, params?: object) => ({ jsonrpc: "2.0", id: 1, method, params })
const tool = (name: string) => call("tools/call", { name, arguments: {} })
const post = (bearer: string | undefined, message: unknown = call("ping")): Request =>
  new Request(R, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` })
    },
    body: JSON.stringify(message)
  })

const makeTokenVerifier = (options: Partial<VerifierOptions> = {}): Verifier =>
  Result.getOrThrow(
    // Of several issuers each has its own keys.
    makeVerifier({ issuer: I, audience: R, ...(Array.isArray(options.issuer) ? {} : { jwks }), ...options })
  )

const guardOptions = (verifier: TokenVerifier, changes: Partial<ClosedGuardOptions> = {}): ClosedGuardOptions => ({
  resource: R,
  authorizationServers: [I],
  verifier,
  operations: {
    default: ["files:read"],
    tools: { read: [], write: ["files:write"], purge: ["admin"], three: ["a", "b", "c"] }
  },
  ...changes
})

/** A guard before a handler that writes down whose requests reach it. */
const guarded = (verifier: TokenVerifier, changes: Partial<ClosedGuardOptions> = {}) => {
  const guard = createGuard(guardOptions(verifier, changes))
  const passed: Array<string> = []
  const handle = (request: Request) =>
    guard.handle(request, async (_, access) => {
      passed.push(access.token.subject)
      return Response.json({ ok: true })
    })
  return { handle, passed }
}

/** Every text inside JSON that says something: what a body must not repeat. */
const textsOf = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return value.length > 1 ? [value] : []
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : []
}
const claimTexts = (bearer: string): ReadonlyArray<string> => {
  try {
    return textsOf(JSON.parse(new TextDecoder().decode(decodeBase64Url(bearer.split(".")[1] ?? ""))))
  } catch {
    return []
  }
}

/** 401T of the catalogue. */
const expect401T = async (response: Response, bearer: string, why: string) => {
  expect(response.status, why).toBe(401)
  expect(response.headers.get("www-authenticate"), why).toMatch(
    /^Bearer error="invalid_token", error_description="[A-Za-z ,']+", scope="files:read", resource_metadata="https:\/\/mcp\.example\.com\/\.well-known\/oauth-protected-resource\/mcp"$/
  )
  expect(response.headers.get("cache-control"), why).toBe("no-store")
  const body = await response.text()
  expect(JSON.parse(body), why).toEqual({ error: "invalid_token", error_description: expect.any(String) })
  const secret = [...bearer.split(".").filter((part) => part.length > 3), ...claimTexts(bearer)]
  for (const text of secret) expect(body.includes(text), why).toBe(false)
}

/** 403S of the catalogue. */
const expect403S = (response: Response, scope: string, why = "") => {
  expect(response.status, why).toBe(403)
  expect(response.headers.get("www-authenticate"), why).toBe(
    `Bearer error="insufficient_scope", error_description="The access token lacks scopes that the operation needs", scope="${scope}", resource_metadata="${METADATA}"`
  )
}

interface Case {
  readonly ids: string
  readonly does: string
  readonly tokens: () => Promise<ReadonlyArray<string>>
  readonly options?: Partial<VerifierOptions>
  /** A token that is good under these options; the fixture's unless told. */
  readonly baseline?: () => Promise<string>
}

const all = Promise.all.bind(Promise)
const names = ["__proto__", "constructor", "toString", "hasOwnProperty"]
const I2 = "https://as2.example.com"
const { alg: _alg, ...k2Bare } = k2Public
const { use: _use, ...k1Open } = k1Public

const claimsText = JSON.stringify(claims)
const withMember = (json: string) => `${claimsText.slice(0, -1)},"x":${json}}`

const cases: ReadonlyArray<Case> = [
  {
    ids: "[JWT-01]",
    does: "refuses none",
    options: { algorithms: ["ES256", "RS256"] },
    tokens: async () => [`${encode({ alg: "none", typ: "at+jwt" })}.${encode(claims)}.`]
  },
  {
    ids: "[JWT-03]",
    does: "refuses an HMAC made with any form of the public RSA key",
    options: { algorithms: ["ES256", "RS256"] },
    baseline: signRsa,
    tokens: async () => {
      const pem = (await exportSPKI(k2.publicKey)).trimEnd()
      const secrets = [
        utf8(`${pem}\n`),
        utf8(pem),
        utf8(createPublicKey(pem).export({ type: "pkcs1", format: "pem" }).toString()),
        new Uint8Array(await crypto.subtle.exportKey("spki", k2.publicKey)),
        utf8(JSON.stringify(k2Public)),
        utf8(String(k2Public.n))
      ]
      return all(secrets.map((secret) => signHmac(secret, "k2")))
    }
  },
  {
    ids: "[JWT-05]",
    does: "takes the algorithm from the configuration where the key names none",
    options: { jwks: { keys: [k2Bare] }, algorithms: ["ES256", "RS256"] },
    baseline: signRsa,
    tokens: async () => [await signHmac(utf8(String(k2Public.n)), "k2"), await signPss("PS512")]
  },
  {
    ids: "[JWT-06]",
    does: "uses one key with one algorithm",
    options: { algorithms: ["RS256", "PS256"] },
    baseline: signRsa,
    tokens: async () => [await signPss("PS256")]
  },
  {
    ids: "[JWT-07]",
    does: "ignores a key that the token brings",
    tokens: async () => {
      const jwk = await exportJWK(other.publicKey)
      return [await sign({ ...header, jwk }, claims, other.privateKey)]
    }
  },
  {
    ids: "[JWT-10]",
    does: "refuses critical extensions",
    tokens: async () => [await token({}, { crit: ["exp2"], exp2: 1 })]
  },
  {
    ids: "[JWT-12]",
    does: "refuses a payload that was changed by one byte",
    tokens: async () => {
      const changed = claimsText.replace('"scope":"files:read"', '"scope":"files:rea2"')
      expect(changed).toHaveLength(claimsText.length)
      return [`${vtHeader}.${encode(changed)}.${vtSignature}`]
    }
  },
  {
    ids: "[JWT-13]",
    does: "refuses ES256 signatures whose numbers are 0 or the order of the curve",
    tokens: async () => {
      const n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
      const good = Buffer.from(vtSignature, "base64url").toString("hex")
      const [r, s, zero] = [good.slice(0, 64), good.slice(64), "0".repeat(64)]
      return [zero + zero, zero + s, r + zero, n + s, r + n].map(
        (forged) => `${vtHeader}.${vtClaims}.${encode(new Uint8Array(Buffer.from(forged, "hex")))}`
      )
    }
  },
  {
    ids: "[JWT-14]",
    does: "refuses ES256 signatures that are DER, too short, too long, empty or padded",
    tokens: async () => {
      const raw = new Uint8Array(Buffer.from(vtSignature, "base64url"))
      const integer = (bytes: Uint8Array) => {
        const positive = bytes[0]! > 127 ? [0, ...bytes] : [...bytes]
        return [2, positive.length, ...positive]
      }
      const pair = [...integer(raw.slice(0, 32)), ...integer(raw.slice(32))]
      const der = Uint8Array.of(0x30, pair.length, ...pair)
      const forged = [der, raw.slice(0, 63), Uint8Array.of(...raw, 0), new Uint8Array()].map(encode)
      return [...forged, `${vtSignature}=`, `${vtSignature}==`].map((one) => `${vtHeader}.${vtClaims}.${one}`)
    }
  },
  {
    ids: "[JWT-23]",
    does: "refuses a token of the future, and times that are no numbers",
    tokens: () =>
      all([
        token({ nbf: now + 3600 }),
        token({ iat: now + 3600, exp: now + 7200 }),
        token({ nbf: "0" }),
        token({ iat: "x" })
      ])
  },
  {
    ids: "[JWT-24]",
    does: "refuses a token that lives ten years",
    tokens: () => all([token({ exp: now + 315_360_000 })])
  },
  {
    ids: "[JWT-25]",
    does: "compares the issuer character for character",
    tokens: () =>
      all(
        [
          undefined,
          "https://as.example.com/",
          "HTTPS://as.example.com",
          "https://as.example.com:443",
          "https://AS.example.com",
          ["https://as.example.com"],
          "https://as.example.com.evil.com",
          "https://as.example.com%2f"
        ].map((iss) => token({ iss }))
      )
  },
  {
    ids: "[JWT-26]",
    does: "looks a key up inside the token's issuer alone",
    options: {
      issuer: [
        { issuer: I, jwks: { keys: [k1Public] } },
        { issuer: I2, jwks: { keys: [{ ...otherPublic, kid: "k1" }] } }
      ]
    },
    tokens: () => all([sign(header, claims, other.privateKey), token({ iss: I2 })])
  },
  {
    ids: "[JWT-27]",
    does: "finds nothing inherited by the name of an issuer or of a key",
    tokens: () => all(names.flatMap((name) => [token({ iss: name }), token({}, { kid: name })]))
  },
  {
    ids: "[JWT-28]",
    does: "takes the type of an access token alone",
    baseline: () => token({}, { typ: "application/at+jwt" }),
    tokens: () =>
      all(
        [
          "JWT",
          undefined,
          "refresh+jwt",
          "dpop+jwt",
          "oauth-id-jag+jwt",
          "client-authentication+jwt",
          "logout+jwt"
        ].map((typ) => token({}, { typ }))
      )
  },
  {
    ids: "[JWT-28]",
    does: "reads at+JWT in any case",
    baseline: () => token({}, { typ: "at+JWT" }),
    tokens: () => all([token({}, { typ: "JWT" })])
  },
  {
    ids: "[JWT-29]",
    does: "refuses an ID token, also one that names this resource as an audience",
    tokens: () =>
      all(
        ["c1", ["c1", R]].flatMap((aud) =>
          ["JWT", undefined].map((typ) => token({ aud, nonce: "a-nonce", at_hash: "a-hash" }, { typ }))
        )
      )
  },
  {
    ids: "[JWT-30]",
    does: "requires every claim of the profile",
    tokens: () => all(["iss", "exp", "aud", "sub", "client_id", "iat", "jti"].map(without))
  },
  {
    ids: "[JWT-32]",
    does: "refuses a member name that stands twice",
    tokens: () =>
      all([
        sign(header, claimsText.replace('"sub":"u1"', '"sub":"u1","sub":"admin"')),
        sign('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"k1"}', claims),
        sign('{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"k1"}', claims)
      ])
  },
  {
    ids: "[JWT-34]",
    does: "refuses a token that is bound to a key and comes without a proof",
    tokens: () => all([token({ cnf: { jkt: "a-thumbprint" } }), token({ cnf: { "x5t#S256": "a-thumbprint" } })])
  },
  {
    ids: "[JWK-06]",
    does: "refuses a kid that two keys of one kind share",
    options: {
      jwks: {
        keys: [
          { ...k2Public, kid: "k1" },
          { ...otherPublic, kid: "k7" },
          { ...k2Bare, kid: "k7" }
        ]
      }
    },
    baseline: () => sign({ ...header, kid: "k7" }, claims, other.privateKey),
    tokens: async () => [VT, await sign({ ...header, kid: "k7" }, claims), await signRsa()]
  },
  {
    ids: "[JWK-07]",
    does: "refuses a token without kid where two keys fit",
    options: { jwks: { keys: [k1Public, otherPublic] } },
    tokens: () => all([token({}, { kid: undefined })])
  },
  ...[{ use: "enc" }, { key_ops: ["sign"] }, { key_ops: ["encrypt"] }, { use: "sig", key_ops: ["encrypt"] }].map(
    (purpose): Case => ({
      ids: "[JWK-08]",
      does: `passes over a key that says ${JSON.stringify(purpose)}`,
      options: { jwks: { keys: [k2Public, { ...k1Open, ...purpose }] } },
      baseline: signRsa,
      tokens: async () => [VT]
    })
  ),
  {
    ids: "[JWK-09]",
    does: "ignores symmetric keys of a key set",
    options: { jwks: { keys: [{ kty: "oct", k: "c2VjcmV0", kid: "k1" }, k2Public] } },
    baseline: signRsa,
    tokens: async () => [await signHmac(utf8("secret"), "k1"), VT]
  },
  {
    ids: "[AUD-01]",
    does: "wants an audience that is one",
    tokens: () => all([undefined, "", [], null, 1, {}, true].map((aud) => token({ aud })))
  },
  {
    ids: "[AUD-02]",
    does: "refuses the audience of another resource, of the client, of the issuer and of a sibling",
    tokens: () =>
      all(["https://other.example.com/mcp", "c1", I, "https://mcp.example.com/other"].map((aud) => token({ aud })))
  },
  {
    ids: "[AUD-04]",
    does: "refuses the parent and a child of the resource",
    tokens: () => all(["https://mcp.example.com", "https://mcp.example.com/mcp/sub"].map((aud) => token({ aud })))
  },
  {
    ids: "[AUD-08]",
    does: "refuses a foreign audience beside ours that is not listed",
    tokens: () => all([token({ aud: ["https://other/", "https://mcp.example.com/mcp"] })])
  },
  {
    ids: "[AUD-08]",
    does: "takes a listed audience beside ours, all of them strings",
    options: { foreignAudiences: ["https://other/"] },
    baseline: () => token({ aud: ["https://other/", "https://mcp.example.com/mcp"] }),
    tokens: () => all([token({ aud: ["https://mcp.example.com/mcp", 42] }), token({ aud: ["https://other/"] })])
  }
]

describe("a guard answers 401 invalid_token and", () => {
  it.each(cases)("$ids $does", async ({ baseline, does, options, tokens }) => {
    const { handle, passed } = guarded(makeTokenVerifier(options))
    const good = (await baseline?.()) ?? VT
    expect((await handle(post(good))).status).toBe(200)
    for (const [index, bearer] of (await tokens()).entries()) {
      await expect401T(await handle(post(bearer)), bearer, `${does}: token ${index}`)
      expect(passed).toHaveLength(1)
    }
    expect((await handle(post(good))).status).toBe(200)
    expect(passed).toEqual(["u1", "u1"])
  })
})

/** Processor time of the best of five, in milliseconds: what else runs on the machine does not count. */
const cheapest = async (run: () => Promise<unknown>): Promise<number> => {
  const costs: Array<number> = []
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage()
    await run()
    const { system, user } = process.cpuUsage(before)
    costs.push((user + system) / 1000)
  }
  return Math.min(...costs)
}

describe("a guard", () => {
  it("[JWT-04] takes no key that is text, and no HMAC made with it", async () => {
    const pem = await exportSPKI(k2.publicKey)
    for (const key of [`\n ${pem}`, `\uFEFF${pem}`]) {
      for (const keys of [key, { keys: [key] }, { keys: key }]) {
        expect(() => makeTokenVerifier({ jwks: keys as never })).toThrow()
      }
      const { handle, passed } = guarded(makeTokenVerifier())
      const forged = await signHmac(utf8(key), "k2")
      await expect401T(await handle(post(forged)), forged, "HMAC")
      expect(passed).toEqual([])
    }
  })

  it("[JWT-08] never fetches a key from where the token says", async () => {
    const connections: Array<unknown> = []
    const canary = http.createServer((_, response) => response.end(JSON.stringify({ keys: [] })))
    canary.on("connection", (socket) => connections.push(socket))
    await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve))
    const asked: Array<string> = []
    const fetch: FetchDocument = ({ url }) =>
      Effect.sync(() => {
        asked.push(url)
        return { status: 200, headers: new Headers(), text: JSON.stringify(jwks) }
      })
    const { handle, passed } = guarded(makeTokenVerifier({ jwks: { uri: `${I}/jwks` }, fetch }))
    expect((await handle(post(VT))).status).toBe(200)
    const jku = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/jwks`
    const x5u = "http://169.254.169.254/"
    for (const members of [{ jku, x5u }, { jku }, { x5u }]) {
      const bearer = await token({}, members)
      await expect401T(await handle(post(bearer)), bearer, Object.keys(members).join())
    }
    expect((await handle(post(VT))).status).toBe(200)
    expect(passed).toEqual(["u1", "u1"])
    expect(asked).toEqual([`${I}/jwks`])
    expect(connections).toEqual([])
    await new Promise((resolve) => canary.close(resolve))
  })

  it("[JWT-17] refuses encrypted tokens in less than 50 ms, and neither derives a key nor inflates", async () => {
    const { handle, passed } = guarded(makeTokenVerifier())
    const tokens = [
      `${encode({ alg: "dir", enc: "A256GCM", zip: "DEF", typ: "at+jwt", kid: "k1" })}..AAAA.${encode(VT)}.AAAA`,
      `${encode({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2c: 2_147_483_647, p2s: "AAAA" })}.AAAA.AAAA.AAAA.AAAA`
    ]
    for (const bearer of tokens) {
      await expect401T(await handle(post(bearer)), bearer, "JWE")
      // A derivation of 2147483647 rounds takes minutes, in a thread whose time counts here as well.
      expect(await cheapest(() => handle(post(bearer)))).toBeLessThan(50)
      // Nothing is waited for at all, so nothing asynchronous ran.
      expect(Effect.runSync(Effect.flip(makeTokenVerifier().verify(bearer)))).toMatchObject({ _tag: "TokenEncrypted" })
    }
    expect(passed).toEqual([])
  })

  it("[JWT-18] refuses the second spelling of a token that is on a deny-list", async () => {
    const denied = new Set([VT])
    const { verify } = makeTokenVerifier()
    const { handle, passed } = guarded({
      verify: (text) => (denied.has(text) ? Effect.fail(new TokenExpired({ expiredAt: now })) : verify(text))
    })
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    const same = VT.slice(0, -1) + letters.charAt(letters.indexOf(VT.slice(-1)) + 1)
    expect(Buffer.from(same.split(".")[2] ?? "", "base64url")).toEqual(Buffer.from(vtSignature, "base64url"))
    for (const bearer of [VT, same]) await expect401T(await handle(post(bearer)), bearer, "denied")
    expect(passed).toEqual([])
    expect((await handle(post(await token({ jti: "j2" })))).status).toBe(200)
  })

  it("[JWT-31] takes a subject as it came or not at all", async () => {
    const { handle, passed } = guarded(makeTokenVerifier())
    for (const sub of ["", 0, null, ["u1"], "a".repeat(10_000), "u1\u0000"]) {
      const bearer = await token({ sub })
      await expect401T(await handle(post(bearer)), bearer, typeof sub)
    }
    expect(passed).toEqual([])
    expect((await handle(post(await token({ sub: "u1 " })))).status).toBe(200)
    expect(passed).toEqual(["u1 "])
  })

  it("[JWT-33] refuses claims that are no JSON object in UTF-8, in less than 50 ms", async () => {
    const { handle, passed } = guarded(makeTokenVerifier())
    const payloads: ReadonlyArray<unknown> = [
      `\uFEFF${claimsText}`,
      Uint8Array.of(...utf8(claimsText.slice(0, -1)), ...utf8(',"x":"'), 0xc0, 0xaf, ...utf8('"}')),
      new Uint8Array(new Uint16Array(Array.from(claimsText, (letter) => letter.charCodeAt(0))).buffer),
      claimsText.replace('"u1"', String.raw`"\ud800"`),
      [claims],
      '"text"',
      "1",
      "null",
      withMember(`${"[".repeat(5000)}${"]".repeat(5000)}`),
      withMember(`${"[".repeat(100_000)}${"]".repeat(100_000)}`),
      withMember(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`)
    ]
    for (const [index, payload] of payloads.entries()) {
      const bearer = await sign(header, payload)
      await expect401T(await handle(post(bearer)), bearer, `payload ${index}`)
      expect(await cheapest(() => handle(post(bearer))), `payload ${index}`).toBeLessThan(50)
    }
    expect(passed).toEqual([])
    expect((await handle(post(VT))).status).toBe(200)
  })

  it("[BRR-05] refuses huge tokens in less than 50 ms each", async () => {
    const { handle, passed } = guarded(makeTokenVerifier())
    const texts = [16_384, 65_536, 1_048_576].map((size) => "A".repeat(size))
    for (const bearer of [...texts, ".".repeat(10_000)]) {
      await expect401T(await handle(post(bearer)), "", `${bearer.length} characters`)
      expect(await cheapest(() => handle(post(bearer))), `${bearer.length} characters`).toBeLessThan(50)
    }
    expect(passed).toEqual([])
  })

  it("[AUD-06] reads scheme and host in any case and knows the default port, and folds no path", async () => {
    const { handle, passed } = guarded(makeTokenVerifier())
    for (const aud of ["HTTPS://MCP.EXAMPLE.COM/mcp", "https://mcp.example.com:443/mcp"]) {
      expect((await handle(post(await token({ aud })))).status, aud).toBe(200)
    }
    const others = [
      "https://mcp.example.com/MCP",
      "https://mcp.example.com:8443/mcp",
      "https://mcp.example.com/x/../mcp",
      "https://mcp.example.com/%6dcp",
      "http://mcp.example.com/mcp"
    ]
    for (const aud of others) {
      const bearer = await token({ aud })
      await expect401T(await handle(post(bearer)), bearer, aud)
    }
    expect(passed).toEqual(["u1", "u1"])
  })

  it("[AUD-07] tells a trailing slash from none, either way, but for an alias", async () => {
    const slash = "https://mcp.example.com/mcp/"
    const guardOf = (resource: string, changes: Partial<ClosedGuardOptions> = {}) => {
      const guard = createGuard({
        resource,
        authorizationServers: [{ issuer: I, jwks }],
        operations: { default: [] },
        ...changes
      })
      return async (aud: string) =>
        (await guard.handle(post(await token({ aud })), async () => Response.json({ ok: true }))).status
    }
    expect([await guardOf(R)(R), await guardOf(R)(slash)]).toEqual([200, 401])
    expect([await guardOf(slash)(slash), await guardOf(slash)(R)]).toEqual([200, 401])
    const both = guardOf(R, { tokens: { audienceAliases: [slash] } })
    expect([await both(R), await both(slash)]).toEqual([200, 200])
  })

  it("[LOG-02] shows no token in what an inspection of its objects, its errors or its events prints", async () => {
    const events: Array<unknown> = []
    const guard = createGuard(guardOptions(makeTokenVerifier(), { onDecision: (event) => void events.push(event) }))
    const expired = await token({ exp: now - 600 })
    const wrong = `${vtHeader}.${vtClaims}.${"A".repeat(86)}`
    const found = [await guard.check(post(VT)), await guard.check(post(VT)), guard, events]
    for (const bearer of [expired, wrong, "garbage-of-somebody", `${VT}, Bearer ${VT}`]) {
      found.push(await guard.check(post(bearer)))
    }
    // A request has the token by its nature: what is looked at is all that the guard adds to it.
    const added = found.map((one) =>
      "_tag" in one && one._tag === "Admitted" ? one.access : "_tag" in one ? one.rejection : one
    )
    for (const text of added.flatMap((one) => [inspect(one, { depth: 12, showHidden: true }), JSON.stringify(one)])) {
      for (const bearer of [VT, expired, wrong]) expect(text.includes(bearer.split(".")[2] ?? "")).toBe(false)
      expect(text).not.toContain("garbage-of-somebody")
    }
  })

  it("[DOS-06] costs less for garbage than for a token that is verified", async () => {
    const { handle, passed } = guarded(makeTokenVerifier({ tokenCache: false }))
    const garbage = ["x", "a.b.c", `${vtHeader}.AAAA.${vtSignature}`, await token({ iss: "https://evil.example.com" })]
    const good = await cheapest(async () => {
      for (let i = 0; i < 50; i++) expect((await handle(post(VT))).status).toBe(200)
    })
    for (const bearer of garbage) {
      const cost = await cheapest(async () => {
        for (let i = 0; i < 50; i++) expect((await handle(post(bearer))).status).toBe(401)
      })
      expect(cost, bearer.slice(0, 5)).toBeLessThan(good)
    }
    expect(new Set(passed)).toEqual(new Set(["u1"]))
  })

  it("[AUD-04] takes the parent or a child of the resource where it is configured as an alias", async () => {
    for (const alias of ["https://mcp.example.com", "https://mcp.example.com/mcp/sub"]) {
      const { handle, passed } = guarded(makeTokenVerifier({ audience: [R, alias] }))
      expect((await handle(post(await token({ aud: alias })))).status).toBe(200)
      expect(passed).toEqual(["u1"])
    }
  })
})

describe("a guard judges scopes and", () => {
  const statusOf = async (
    scope: Partial<typeof claims> | object,
    message: unknown,
    changes: Partial<ClosedGuardOptions>
  ) => (await guarded(makeTokenVerifier(), changes).handle(post(await token(scope), message))).status

  it("[SCP-03] reads the scope claim alone, and as one string", async () => {
    const { handle, passed } = guarded(makeTokenVerifier())
    for (const scope of [["files:write"], 1, { "files:write": true }, null]) {
      const bearer = await token({ scope })
      await expect401T(await handle(post(bearer, tool("write"))), bearer, JSON.stringify(scope))
    }
    for (const members of [{ scp: ["files:write"] }, { scp: "files:write" }, { roles: ["files:write"] }]) {
      const bearer = await token({ ...members, scope: undefined })
      await expect401T(await handle(post(bearer, tool("write"))), bearer, JSON.stringify(members))
      const response = await handle(post(await token(members), tool("write")))
      expect403S(response, "files:read files:write", JSON.stringify(members))
    }
    expect(passed).toEqual([])
    expect((await handle(post(await token({ scope: "files:read files:write" }), tool("write")))).status).toBe(200)
  })

  it("[SCP-05] refuses a hierarchy with a cycle, and closes over a deep one", async () => {
    for (const hierarchy of [{ a: ["b"], b: ["a"] }, { a: ["a"] }]) {
      expect(() => guarded(makeTokenVerifier(), { hierarchy })).toThrow(
        expect.objectContaining({ _tag: "ConfigurationInvalid", key: "hierarchy" })
      )
    }
    const deep = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, [`s${i + 1}`]]))
    const operations = { default: ["s10000"] }
    expect(await statusOf({ scope: "s0" }, call("ping"), { hierarchy: deep, operations })).toBe(200)
    expect(await statusOf({ scope: "s10001" }, call("ping"), { hierarchy: deep, operations })).toBe(403)
    const own = JSON.parse('{"__proto__":["files:read"],"x":["__proto__"]}') as Record<string, ReadonlyArray<string>>
    expect(await statusOf({ scope: "x" }, call("ping"), { hierarchy: own })).toBe(200)
    expect(await statusOf({ scope: "constructor" }, call("ping"), { hierarchy: own })).toBe(403)
    expect(await statusOf({ scope: "toString" }, call("ping"), {})).toBe(403)
    expect(({} as Record<string, unknown>)["files:read"]).toBeUndefined()
  })

  it("[SCP-06] sees no pattern in a scope", async () => {
    const { handle, passed } = guarded(makeTokenVerifier())
    for (const scope of ["files:*", "*", "files"]) {
      expect403S(await handle(post(await token({ scope }))), "files:read", scope)
    }
    expect(passed).toEqual([])
    expect((await handle(post(VT))).status).toBe(200)
  })
})

/** A key set behind a URL, with answers in turn (the last one for all others), in a time that a test moves. */
const over = (...answers: ReadonlyArray<{ readonly status: number; readonly text: string } | "hang">) => {
  const asked: Array<string> = []
  const fetch: FetchDocument = ({ url }) =>
    Effect.suspend(() => {
      asked.push(url)
      const answer = answers[Math.min(asked.length, answers.length) - 1]
      if (answer === undefined || answer === "hang") return Effect.never
      return Effect.as(Effect.yieldNow, { ...answer, headers: new Headers() })
    })
  const verifier = makeTokenVerifier({ jwks: { uri: `${I}/jwks` }, fetch })
  const guard = Result.getOrThrow(makeGuard(guardOptions(verifier)))
  const answer = (bearer: string) =>
    Effect.map(guard.respond(post(bearer)), (outcome) =>
      outcome instanceof Response ? outcome : Response.json({ passed: outcome.access.subject })
    )
  const allOf = (bearers: ReadonlyArray<string>) => Effect.forEach(bearers, answer, { concurrency: "unbounded" })
  const statuses = (bearers: ReadonlyArray<string>) =>
    Effect.map(allOf(bearers), (responses) => responses.map(({ status }) => status))
  return { asked, answer, allOf, statuses, verifier }
}
const keySet = (...keys: ReadonlyArray<unknown>) => ({ status: 200, text: JSON.stringify({ keys }) })
const DOWN = { status: 500, text: "" }
const repeat = <A>(length: number, value: A): ReadonlyArray<A> => Array.from({ length }, () => value)
const inTime = <A>(effect: Effect.Effect<A>): Promise<A> =>
  Effect.runPromise(Effect.andThen(TestClock.setTime(now * 1000), effect).pipe(Effect.provide(TestClock.layer())))
const longLived = { exp: now + 86_400 }

describe("a guard whose keys are behind a URL", () => {
  it("[JWT-21] refuses a token at exp and the tolerance, and takes it until then", async () => {
    const verifier = makeTokenVerifier({ clockToleranceSeconds: 60 })
    const guard = Result.getOrThrow(makeGuard(guardOptions(verifier)))
    const answer = async (bearer: string) => inTime(guard.respond(post(bearer)))
    const late = await token({ iat: now - 300, exp: now - 61 })
    const refused = await answer(late)
    if (!(refused instanceof Response)) throw new Error("an expired token passed")
    await expect401T(refused, late, "expired")
    expect(await answer(await token({ iat: now - 300, exp: now - 59 }))).toMatchObject({ _tag: "Admitted" })
    expect(await answer(VT)).toMatchObject({ _tag: "Admitted" })
  })

  it("[JWT-36] refuses a key that is gone when the set's time is over", async () => {
    const { answer } = over(keySet(k1Public), keySet(otherPublic))
    const bearer = await token(longLived)
    const refused = await inTime(
      Effect.gen(function* () {
        expect((yield* answer(bearer)).status).toBe(200)
        yield* TestClock.adjust("10 minutes")
        return yield* answer(bearer)
      })
    )
    await expect401T(refused, bearer, "removed")
  })

  it("[JWK-01] asks for the set once in each cool-down, whatever kids come, and keeps nothing of them", async () => {
    const { answer, allOf, asked, verifier } = over(keySet(k1Public))
    const more = await all(repeat(1000, "").map(() => token({}, { kid: crypto.randomUUID() })))
    const unknown = await all(repeat(1000, "").map(() => token({}, { kid: crypto.randomUUID() })))
    const refused = await inTime(
      Effect.gen(function* () {
        expect((yield* answer(VT)).status).toBe(200)
        expect(asked).toHaveLength(1)
        const responses = yield* allOf(unknown)
        expect(asked).toHaveLength(2)
        expect((yield* answer(VT)).status).toBe(200)
        yield* TestClock.adjust("30 seconds")
        yield* allOf(unknown.slice(0, 100))
        expect(asked).toHaveLength(3)
        collectGarbage()
        const before = process.memoryUsage().heapUsed
        // The verifier alone: the platform's requests and responses are garbage of their own.
        for (const bearer of more) expect(yield* Effect.isFailure(verifier.verify(bearer))).toBe(true)
        expect(asked).toHaveLength(3)
        collectGarbage()
        expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000)
        return responses
      })
    )
    for (const [index, response] of refused.entries()) await expect401T(response, unknown[index] ?? "", "unknown kid")
  })

  it("[JWK-03] answers 503 while the endpoint is down, and asks once in each cool-down", async () => {
    for (const down of [DOWN, { status: 200, text: "{" }]) {
      const { asked, statuses } = over(down)
      await inTime(
        Effect.gen(function* () {
          expect(yield* statuses(repeat(200, VT))).toEqual(repeat(200, 503))
          expect(asked).toHaveLength(1)
          yield* TestClock.adjust("30 seconds")
          expect(yield* statuses([VT, VT])).toEqual([503, 503])
          expect(asked).toHaveLength(2)
        })
      )
    }
    const { asked, statuses } = over("hang")
    await inTime(
      Effect.gen(function* () {
        const waiting = Effect.all([statuses(repeat(200, VT)), TestClock.adjust("10 seconds")], {
          concurrency: "unbounded"
        })
        expect((yield* waiting)[0]).toEqual(repeat(200, 503))
        expect(asked).toHaveLength(1)
      })
    )
  })

  it("[JWK-04] fetches the set again for the first token of a new key, while the old one stays good", async () => {
    const { asked, statuses } = over(keySet(k1Public), keySet(k1Public, otherPublic))
    const fresh = await sign({ ...header, kid: "k9" }, claims, other.privateKey)
    await inTime(
      Effect.gen(function* () {
        expect(yield* statuses([VT])).toEqual([200])
        expect(yield* statuses([VT, fresh, VT, VT])).toEqual(repeat(4, 200))
        expect(asked).toHaveLength(2)
      })
    )
  })

  it("[JWK-05] fetches it once for a hundred tokens of a new key at a time", async () => {
    const { asked, statuses } = over(keySet(k1Public), keySet(k1Public, otherPublic))
    const fresh = await sign({ ...header, kid: "k9" }, claims, other.privateKey)
    await inTime(
      Effect.gen(function* () {
        expect(yield* statuses([VT])).toEqual([200])
        expect(yield* statuses(repeat(100, fresh))).toEqual(repeat(100, 200))
        expect(asked).toHaveLength(2)
      })
    )
  })

  it("[JWK-14] keeps the last good set when the answer is none and says so, and passes over junk in one", async () => {
    const bearer = await token(longLived)
    const said: Array<unknown> = []
    const logger = Logger.make(({ message }) => void said.push(message))
    for (const text of ["<!doctype html><title>Log in</title>", '{"keys":"x"}', '{"keys":{}}']) {
      const { asked, statuses } = over(keySet(k1Public), { status: 200, text })
      said.length = 0
      await inTime(
        Effect.gen(function* () {
          expect(yield* statuses([bearer])).toEqual([200])
          expect(said).toEqual([])
          yield* TestClock.adjust("10 minutes")
          expect(yield* statuses([bearer])).toEqual([200])
          expect(asked).toHaveLength(2)
        }).pipe(Effect.provide(Logger.layer([logger])))
      )
      expect(said, text).toHaveLength(1)
      expect(String(said[0]), text).toContain("https://as.example.com")
    }
    const { statuses } = over(keySet(null, 1, "x", k1Public))
    expect(await inTime(statuses([VT]))).toEqual([200])
  })

  it("[JWK-15] keeps the last good keys for four hours, then answers 503", async () => {
    const { statuses } = over(keySet(k1Public), DOWN)
    const bearer = await token(longLived)
    await inTime(
      Effect.gen(function* () {
        expect(yield* statuses([bearer])).toEqual([200])
        yield* TestClock.adjust("14399 seconds")
        expect(yield* statuses([bearer])).toEqual([200])
        yield* TestClock.adjust("1 second")
        expect(yield* statuses([bearer])).toEqual([503])
      })
    )
  })
})
