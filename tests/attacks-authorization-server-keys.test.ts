// The keys of the authorization server in time, seen by a resource server that keeps what it fetched.
import { makeVerifier } from "@postern/jwt-verify"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { expect, it } from "vitest"
import {
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  ISSUER,
  makeWorld,
  NOTES,
  post,
  type Tokens
} from "../packages/as-core/test/fixture.ts"
import { clockOf } from "../packages/as-core/test/clock.ts"

it("[JWK-18] no token is refused while keys change, by a resource server that fetches them every five minutes alone", async () => {
  const world = await makeWorld({
    keys: { encryptionKeys: [new Uint8Array(32).fill(7)], rotateAfter: 3600, publishAhead: 400 },
    clients: [
      {
        clientId: "machine",
        name: "Machine",
        redirectUris: [],
        tokenEndpointAuthMethod: "client_secret_basic",
        secretHash: C2_SECRET_HASH,
        grantTypes: ["client_credentials"]
      }
    ]
  })
  // The first key was made when the server was, by the clock of this machine.
  world.now = Math.ceil(Date.now() / 1000)
  const now = () => world.now * 1000
  const clock = clockOf(now)
  const fetched: Array<number> = []
  const verifier = Result.getOrThrow(
    makeVerifier({
      issuer: ISSUER,
      audience: NOTES,
      jwks: { uri: `${ISSUER}/jwks` },
      tokenCache: false,
      fetch: ({ url }) =>
        Effect.promise(async () => {
          fetched.push(world.now)
          const answer = await world.handle(new Request(url))
          return { status: answer.status, headers: answer.headers, text: await answer.text() }
        })
    })
  )
  const authorization = basic("machine", C2_SECRET)
  const kids = new Set<string>()
  const issue = async () => {
    const request = post("token", { grant_type: "client_credentials", resource: NOTES }, { authorization })
    const { access_token } = (await (await world.handle(request)).json()) as Tokens
    const [header = ""] = access_token.split(".")
    kids.add((JSON.parse(atob(header)) as { readonly kid: string }).kid)
    return access_token
  }
  const isGood = async (token: string) =>
    Result.isSuccess(
      await Effect.runPromise(Effect.provideService(Effect.result(verifier.verify(token)), Clock.Clock, clock))
    )
  /** Each token with the second until which it lives. */
  let held: ReadonlyArray<readonly [token: string, until: number]> = []
  const began = world.now
  for (; world.now < began + 9000; world.now += 30) {
    held = [...held.filter(([, until]) => until > world.now), [await issue(), world.now + 600]]
    for (const [token] of held) expect(await isGood(token), `${world.now - began} seconds`).toBe(true)
  }
  expect(kids.size).toBe(3)
  expect(fetched.length).toBeGreaterThan(20)
  expect(fetched.every((at, index) => index === 0 || at - (fetched[index - 1] ?? 0) >= 300)).toBe(true)
})
