// The same token again, and tokens seen for the first time: jwt-verify beside jose and fast-jwt.
import { exportSPKI, createLocalJWKSet, jwtVerify } from "jose"
import { createVerifier as createFastVerifier } from "fast-jwt"
import * as Result from "effect/Result"
import { createVerifier } from "../../packages/jwt-verify/src/promise.ts"
import { median } from "../statistics.ts"
import { micros, ratio, table } from "../table.ts"
import { ISSUER, type Issuer, makeIssuer, RESOURCE, signMany } from "./issuer.ts"
import { burst, type Cost } from "./processor-time.ts"

const ROUNDS = 31
const FIRST = 200
const AGAIN = 20_000
// Rounds that are not counted.
const WARMING = 5

const REQUIRED = ["sub", "client_id", "jti", "scope", "exp", "iat"]
const ours = ({ jwks }: Issuer, tokenCache?: false) =>
  createVerifier({ issuer: ISSUER, audience: RESOURCE, jwks, ...(tokenCache === false && { tokenCache }) })

interface Contestant {
  readonly name: string
  readonly calls: number
  readonly work: (tokens: ReadonlyArray<string>) => Promise<void> | void
}

// Each call has a text of its own, as each request has: what a text knows of itself (its hash) is not carried over.
const copyOf = (text: string): string => Buffer.from(text).toString("latin1")

const compete = async (contestants: ReadonlyArray<Contestant>, tokens: () => Promise<ReadonlyArray<string>>) => {
  const costs = new Map<string, Array<Cost>>(contestants.map(({ name }) => [name, []]))
  for (let round = -WARMING; round < ROUNDS; round++) {
    const drawn = await tokens()
    // Each begins in turn: what comes first finds the caches as the signing of the tokens has left them.
    const at = (round + WARMING) % contestants.length
    for (const { calls, name, work } of [...contestants.slice(at), ...contestants.slice(0, at)]) {
      const texts = drawn.map(copyOf)
      const cost = await burst(calls, () => work(texts))
      if (round >= 0) costs.get(name)?.push(cost)
    }
  }
  return new Map(
    [...costs].map(([name, all]) => [
      name,
      { cpu: median(all.map(({ cpu }) => cpu)), wall: median(all.map(({ wall }) => wall)) }
    ])
  )
}

const rows = (costs: ReadonlyMap<string, Cost>, reference: string) => {
  const base = costs.get(reference)?.cpu ?? Number.NaN
  return [...costs].map(([name, { cpu, wall }]) => [name, micros(cpu), micros(wall), ratio(base, cpu)])
}

const HEAD = ["verifier", "processor time", "clock", "checks per processor second / jose"]

/** The section of the page, and the figures that the issue gives numbers for. */
export const verifiers = async (): Promise<string> => {
  const issuer = await makeIssuer()
  const keys = createLocalJWKSet({ keys: [...issuer.jwks.keys] })
  const checks = { issuer: ISSUER, audience: RESOURCE, algorithms: ["ES256"], typ: "at+jwt", requiredClaims: REQUIRED }
  const jose = async (tokens: ReadonlyArray<string>) => {
    for (const token of tokens) await jwtVerify(token, keys, checks)
  }

  const [token = ""] = await signMany(issuer, 1)
  const fast = createFastVerifier({
    key: await exportSPKI(issuer.publicKey),
    algorithms: ["ES256"],
    allowedIss: ISSUER,
    allowedAud: RESOURCE,
    requiredClaims: REQUIRED,
    cache: 10_000
  })
  const remembering = ours(issuer)
  Result.getOrThrow(await remembering.verify(token))
  const copies = Array.from({ length: AGAIN }, () => token)
  const again = await compete(
    [
      { name: "`jwtVerify` of jose, local key set", calls: FIRST, work: (tokens) => jose(tokens.slice(0, FIRST)) },
      {
        name: "fast-jwt with its cache",
        calls: AGAIN,
        work: (tokens) => {
          for (const each of tokens) fast(each)
        }
      },
      {
        name: "`recall`",
        calls: AGAIN,
        work: (tokens) => {
          const now = Date.now()
          for (const each of tokens) {
            const found = remembering.recall(each, now)
            if (found === undefined || Result.isFailure(found)) throw new Error("the token is not remembered")
          }
        }
      },
      {
        name: "`verify` of `@postern/jwt-verify/promise`",
        calls: AGAIN,
        work: async (tokens) => {
          for (const each of tokens) Result.getOrThrow(await remembering.verify(each))
        }
      }
    ],
    async () => copies
  )

  const forgetful = ours(issuer, false)
  const fillings = { current: ours(issuer) }
  const first = await compete(
    [
      { name: "`jwtVerify` of jose, local key set", calls: FIRST, work: jose },
      {
        name: "`verify`, remembering off",
        calls: FIRST,
        work: async (tokens) => {
          for (const each of tokens) Result.getOrThrow(await forgetful.verify(each))
        }
      },
      {
        name: "`verify`, each token remembered",
        calls: FIRST,
        work: async (tokens) => {
          for (const each of tokens) Result.getOrThrow(await fillings.current.verify(each))
        }
      }
    ],
    async () => {
      // A store that is empty, and a key that is imported, as that of jose is.
      fillings.current = ours(issuer)
      Result.getOrThrow(await fillings.current.verify(await issuer.sign(FIRST)))
      return signMany(issuer, FIRST)
    }
  )

  return `## Checking a token

ES256, the same checks for all: signature, \`typ\`, issuer, audience, times, required claims; ours also \`scope\`, \`client_id\`,
canonical encoding and repeated members. Median of ${ROUNDS} rounds in which all take turns; each has its key imported before.

The same token again:

${table(HEAD, rows(again, "`jwtVerify` of jose, local key set"))}

A token seen for the first time:

${table(HEAD, rows(first, "`jwtVerify` of jose, local key set"))}
`
}
