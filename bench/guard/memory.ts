// What 100,000 remembered tokens take, and what a flood of wrong ones does. A process of its own, with --expose-gc.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeVerifier } from "../../packages/jwt-verify/src/index.ts"
import { ISSUER, makeIssuer, RESOURCE } from "./issuer.ts"

const REMEMBERED = 100_000
const FLOOD = 100_000

const collect = globalThis.gc ?? (() => undefined)
/** Bytes in use after everything that can go has gone. */
const used = (): number => {
  for (let time = 0; time < 4; time++) collect()
  const { arrayBuffers, external, heapUsed } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

const issuer = await makeIssuer()
let fetches = 0
const verifier = Result.getOrThrow(
  makeVerifier({
    issuer: ISSUER,
    audience: RESOURCE,
    jwks: { uri: `${ISSUER}/jwks` },
    fetch: () => {
      fetches++
      return Effect.succeed({ status: 200, headers: new Headers(), text: JSON.stringify(issuer.jwks) })
    },
    tokenCache: { maximumEntries: REMEMBERED, maximumAgeSeconds: 3600 }
  })
)
Result.getOrThrow(await Effect.runPromise(Effect.result(verifier.verify(await issuer.sign(0)))))
const before = used()
let length = 0
let last = ""
for (let number = 1; number < REMEMBERED; number++) {
  last = await issuer.sign(number)
  length += last.length
  await Effect.runPromise(verifier.verify(last))
}
const remembered = used() - before
if (verifier.recall(last, Date.now()) === undefined) throw new Error("the last token is not remembered")

const [, payload = "", signature = ""] = last.split(".")
const flooded = used()
const startOfFlood = fetches
for (let number = 0; number < FLOOD; number++) {
  const header = Buffer.from(JSON.stringify({ alg: "ES256", typ: "at+jwt", kid: `k-${number}` })).toString("base64url")
  await Effect.runPromise(Effect.result(verifier.verify(`${header}.${payload}.${signature}`)))
}
process.stdout.write(
  JSON.stringify({
    tokens: REMEMBERED,
    tokenLength: Math.round(length / (REMEMBERED - 1)),
    rememberedBytes: remembered,
    floodTokens: FLOOD,
    floodBytes: used() - flooded,
    floodFetches: fetches - startOfFlood
  })
)
