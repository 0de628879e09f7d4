// Attacks on the authorization endpoint, its pages and its cookie: requests typed by hand, answers compared with literals.
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  basic,
  Browser,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  claimsOf,
  errorOf,
  factsOf,
  type Fields,
  ISSUER,
  localErrorOf,
  makeWorld,
  NOTES,
  obtainCode,
  post,
  redirectOf,
  tokenRequest,
  type Tokens,
  VERIFIER,
  type World
} from "../packages/as-core/test/fixture.ts"

let world: World
let browser: Browser
beforeEach(async () => {
  world = await makeWorld()
  browser = new Browser(world)
})

const COOKIE = "__Host-postern-tenant"
const c2 = (fields: Parameters<typeof authorizeUrl>[0] = {}) => authorizeUrl({ client_id: "c2", ...fields })

describe("the browser's cookie", () => {
  it("[CNS-08] is the only one, and stands for nobody's consent but its own user's", async () => {
    await browser.approve(c2())
    expect(redirectOf(await browser.get(c2()))).toHaveProperty("code")
    const value = browser.cookie?.split("=")[1] ?? ""
    expect(value).toMatch(/^[\w-]{43}$/)
    const changed = `${value.slice(0, 42)}${value.endsWith("A") ? "B" : "A"}`
    for (const cookie of [
      `${COOKIE}=${changed}`,
      `${COOKIE}=${"A".repeat(43)}`,
      `${COOKIE}=${value}.${"A".repeat(43)}`,
      `${COOKIE}="${value}"`,
      // Without the prefix, or under the name of another server on this host.
      `postern-tenant=${value}`,
      `__Host-postern=${value}`,
      `__host-postern-tenant=${value}`,
      // Two of one name: which one was ours cannot be told.
      `${COOKIE}=${value}; ${COOKIE}=${changed}`,
      "consent=c2; approved=1; client_id=c2; subject=u1"
    ]) {
      const answer = await world.handle(new Request(c2(), { headers: { cookie } }))
      expect([answer.status, answer.headers.has("location")]).toEqual([200, false])
      expect(factsOf(await answer.text()).page).toBe("signIn")
    }
    // Another user's cookie has another user's consents, and another client has none.
    const root = new Browser(world)
    await root.openConsent(authorizeUrl(), "root")
    expect((await root.facts(root.get(c2()))).page).toBe("consent")
    expect((await browser.facts(browser.get(authorizeUrl()))).page).toBe("consent")
    // Nothing that was consented to outlives the session: a page asks who is there.
    world.now += 8 * 3600
    expect((await browser.facts(browser.get(c2()))).page).toBe("signIn")
  })

  it("[CNS-14] that somebody else put into the browser is worth nothing after signing in", async () => {
    const attacker = new Browser(world)
    await attacker.get(authorizeUrl())
    const planted = attacker.cookie
    browser.cookie = planted
    const consent = await browser.openConsent(authorizeUrl())
    expect(consent.page).toBe("consent")
    expect(browser.cookie).not.toBe(planted)
    expect((await attacker.facts(attacker.get(authorizeUrl()))).page).toBe("signIn")
    attacker.cookie = planted
    const stolen = await attacker.submit(consent, { decision: "approve", scope: "notes:read" })
    expect([stolen.status, stolen.headers.has("location")]).toEqual([403, false])
  })

  it("[TLS-06] and the forms of the pages stay on https and on this server", async () => {
    const first = await browser.get(authorizeUrl())
    const cookies = [first.headers.getSetCookie()]
    const signIn = await browser.facts(first)
    const signedIn = await browser.submit(signIn, { username: "ada", password: "ada's password" })
    cookies.push(signedIn.headers.getSetCookie())
    const consent = await browser.facts(browser.get(signedIn.headers.get("location") ?? ""))
    for (const set of cookies) {
      expect(set).toEqual([expect.stringMatching(/^__Host-[\w-]+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)])
    }
    expect(signedIn.headers.get("location")).toMatch(/^https:\/\/as\.example\.com\/tenant\//)
    const actions = [signIn, consent].map((facts) => (facts.page === "error" ? "" : facts.action))
    expect(actions).toEqual(["/tenant/login", "/tenant/consent"])
  })
})

describe("a consent that is remembered", () => {
  it("[SCP-14] never gives a scope that is kept for administrators with it: the page asks", async () => {
    await browser.approve(c2({ scope: "notes:read" }), "root")
    expect(redirectOf(await browser.get(c2({ scope: "notes:read" })))).toHaveProperty("code")
    const answer = await browser.get(c2({ scope: "notes:read notes:admin" }))
    expect([answer.status, answer.headers.has("location")]).toEqual([200, false])
    expect(await browser.facts(answer)).toMatchObject({
      page: "consent",
      scopes: [{ scope: "notes:read" }, { scope: "notes:admin", administratorsOnly: true }]
    })
  })
})

describe("a decision that is made twice", () => {
  it.each([
    { first: "approve", codes: 1, told: "code" },
    { first: "deny", codes: 0, told: "error" }
  ] as const)(
    "[CON-08] at once, for and against, counts once, when to $first comes first: $codes code",
    async ({ first, codes, told }) => {
      for (let round = 0; round < 10; round++) {
        world = await makeWorld()
        const { approve, deny } = world.store
        // Both were read by then; whoever is second waits until the first one's transaction is over.
        const over = Promise.withResolvers<void>()
        const end = Effect.sync(() => over.resolve())
        const wait = Effect.promise(() => over.promise)
        const store = {
          ...world.store,
          approve: (change: Parameters<typeof approve>[0]) =>
            first === "approve" ? Effect.tap(approve(change), () => end) : Effect.andThen(wait, approve(change)),
          deny: (change: Parameters<typeof deny>[0]) =>
            first === "deny" ? Effect.tap(deny(change), () => end) : Effect.andThen(wait, deny(change))
        }
        const racer = new Browser(await makeWorld({ store }))
        const facts = await racer.openConsent(authorizeUrl())
        const answers = await Promise.all([
          racer.submit(facts, { decision: "approve", scope: "notes:read" }),
          racer.submit(facts, { decision: "deny" })
        ])
        expect(answers.map(({ status }) => status)).toEqual(first === "approve" ? [303, 410] : [410, 303])
        expect(answers.map(redirectOf).find((one) => one !== undefined)).toHaveProperty(told)
        expect(world.store.dump().split('"codeHash"').length - 1).toBe(codes)
      }
    }
  )

  it("[CON-08] gives no code once its session has ended, also where that is between reading and writing", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const { addSession, approve, approveByConsent, findSession, signIn } = world.store
    /** Signing in again in this browser ends the session that is there. */
    const endSession = (sessionHash: string) =>
      Effect.gen(function* () {
        const idHash = `other-${sessionHash.slice(6)}`
        const interaction = { idHash: `${idHash}-i`, sessionHash, expiresAt: world.now + 600 }
        const found = yield* findSession(sessionHash, world.now)
        expect(found).toBeDefined()
        const client = {
          clientId: "c1",
          origin: "configured",
          name: "One",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "none",
          grantTypes: ["authorization_code"],
          applicationType: "web",
          createdAt: 0
        } as const
        const request = { client, redirectUri: CALLBACK, codeChallenge: "x", resources: [NOTES], scope: ["notes:read"] }
        yield* world.store.addInteraction({ ...interaction, request }, { maximum: 10_000 })
        const session = { idHash, subject: "u2", authenticatedAt: world.now, expiresAt: world.now + 600 }
        const ended = yield* signIn({
          interactionHash: interaction.idHash,
          fromSessionHash: sessionHash,
          session,
          now: world.now
        })
        expect(ended).toBe("SignedIn")
      }).pipe(Effect.orDie)
    const racing = await makeWorld({
      store: {
        ...world.store,
        addSession,
        approve: (change) => Effect.andThen(endSession(change.sessionHash), approve(change)),
        approveByConsent: (change) => Effect.andThen(endSession(change.sessionHash), approveByConsent(change))
      }
    })
    const racer = new Browser(racing)
    racer.cookie = browser.cookie
    const answer = await racer.submit(facts, { decision: "approve", scope: "notes:read" })
    expect([answer.status, answer.headers.has("location")]).toEqual([410, false])
    expect(world.store.dump()).not.toContain("codeHash")
    // A consent that is remembered gives no code either.
    const again = new Browser(world)
    await again.approve(c2())
    racer.cookie = again.cookie
    const remembered = await racer.get(c2())
    expect(remembered.headers.has("location")).toBe(false)
  })
})

describe("what an error says", () => {
  it("[TIM-06] is the same for a user that exists and for one that does not", async () => {
    const shown = async (fields: Parameters<typeof authorizeUrl>[0]) => {
      const answer = await world.handle(new Request(authorizeUrl(fields)))
      const text = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`
      return text
        .replace(/[\w-]{43}/g, "SECRET")
        .replace(/nonce-[\w-]{22}|(?<=styleNonce&#34;:&#34;)[\w-]{22}/g, "NONCE")
    }
    const plain = await shown({})
    for (const login_hint of ["ada", "nobody", "u1", "root"]) expect(await shown({ login_hint })).toBe(plain)
    const refusal = async (username: string) => {
      const one = new Browser(world)
      const facts = await one.facts(one.get(authorizeUrl()))
      const answer = await one.submit(facts, { username, password: "wrong" })
      const text = `${answer.status} ${JSON.stringify([...answer.headers.keys()])} ${await answer.text()}`
      return text.replace(/[\w-]{43}/g, "SECRET").replace(/[\w-]{22}/g, "NONCE")
    }
    expect(await refusal("nobody")).toBe(await refusal("ada"))
    expect(world.events.map((event) => JSON.stringify(event))).toEqual(
      Array(2).fill('{"event":"sign-in-failed","clientId":"c1"}')
    )
  })

  it("[TIM-06] of a redirect URI names none that is registered", async () => {
    for (const redirect_uri of ["https://evil.example/", `${CALLBACK}/`, undefined]) {
      const facts = await localErrorOf(world, c2({ redirect_uri }))
      expect(JSON.stringify(facts)).not.toMatch(/client\.example\.com|evil/)
    }
  })

  it("[COD-16] is on a page that sends no referrer, as is every page and redirect with a code", async () => {
    const seen: Array<Response> = [await browser.get(authorizeUrl())]
    const signIn = await browser.facts(seen[0]?.clone() ?? Response.error())
    const signedIn = await browser.submit(signIn, { username: "ada", password: "ada's password" })
    const consent = await browser.get(signedIn.headers.get("location") ?? "")
    const facts = await browser.facts(consent.clone())
    const code = await browser.submit(facts, { decision: "approve", scope: "notes:read" })
    const gone = await browser.submit(facts, { decision: "deny" })
    const unknown = await browser.get(authorizeUrl({ client_id: "nobody" }))
    seen.push(signedIn, consent, code, gone, unknown)
    expect(seen.map(({ status }) => status)).toEqual([200, 303, 200, 303, 410, 400])
    for (const answer of seen) {
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer")
      expect(answer.headers.get("cache-control")).toBe("no-store")
    }
  })
})

describe("an access token", () => {
  it("[ISS-01] says nothing that the directory of people made up", async () => {
    const more = {
      iss: "x",
      sub: "admin",
      aud: "*",
      exp: 9e9,
      client_id: "c9",
      scope: "notes:admin",
      cnf: {},
      jti: "1"
    }
    const person = { subject: "u1", name: "Ada", roles: ["notes:admin"], email: "ada@example.com", ...more }
    world = await makeWorld({
      people: { authenticate: () => Effect.succeed(person), find: () => Effect.succeed(person) }
    })
    const code = await obtainCode(world)
    const answer = await world.handle(tokenRequest({ code }))
    const { access_token } = (await answer.json()) as { readonly access_token: string }
    const { jti, ...claims } = claimsOf(access_token)
    expect(jti).toMatch(/^[\w-]{22}\.[\w-]{22}$/)
    expect(claims).toEqual({
      iss: ISSUER,
      sub: "u1",
      aud: NOTES,
      client_id: "c1",
      iat: world.now,
      exp: world.now + 600,
      scope: "notes:read notes:write"
    })
  })
})

describe("a client at another endpoint", () => {
  const secret = {
    redirectUris: [CALLBACK],
    tokenEndpointAuthMethod: "client_secret_basic",
    secretHash: C2_SECRET_HASH
  } as const
  const authorization = basic("c2", C2_SECRET)
  let tokens: Tokens
  beforeEach(async () => {
    world = await makeWorld({
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        { clientId: "other", name: "Other", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        { clientId: "c2", name: "Two", ...secret },
        { clientId: "rs", name: "Notes", ...secret }
      ],
      introspection: [{ clientId: "rs", resources: [NOTES] }]
    })
    const code = await obtainCode(world, { client_id: "c2" })
    const fields = { grant_type: "authorization_code", code, code_verifier: VERIFIER }
    tokens = (await (await world.handle(post("token", fields, { authorization }))).json()) as Tokens
  })
  const introspect = (fields: Fields, headers = { authorization: basic("rs", C2_SECRET) }) =>
    world.handle(post("introspect", fields, headers))
  const refresh = () =>
    post("token", { grant_type: "refresh_token", refresh_token: tokens.refresh_token }, { authorization })

  it("[CAU-08] authenticates there by its registered method as well", async () => {
    const token = tokens.refresh_token
    for (const wrong of [
      post("revoke", { token, client_id: "c2", client_secret: C2_SECRET }),
      post("revoke", { token, client_id: "c2" }),
      post("revoke", { token }, { authorization: basic("c2", "wrong") }),
      post("revoke", { token }, { authorization: basic("c1", C2_SECRET) }),
      post("revoke", { token, client_id: "c1", client_secret: C2_SECRET }),
      post("introspect", { token, client_id: "rs", client_secret: C2_SECRET }),
      post("introspect", { token, client_id: "rs" })
    ]) {
      expect(await errorOf(world.handle(wrong))).toEqual([401, "invalid_client"])
    }
    expect((await world.handle(refresh())).status).toBe(200)
  })

  it("[REV-01] revokes nothing of another client, public or confidential, and learns nothing of it", async () => {
    for (const token of [tokens.refresh_token, tokens.access_token, "unknown"]) {
      for (const request of [
        post("revoke", { token, client_id: "other" }),
        post("revoke", { token }, { authorization: basic("rs", C2_SECRET) })
      ]) {
        const answer = await world.handle(request)
        expect([answer.status, await answer.text()]).toEqual([200, ""])
      }
    }
    expect(await (await introspect({ token: tokens.access_token })).json()).toMatchObject({ active: true })
    expect((await world.handle(refresh())).status).toBe(200)
  })

  it("[INT-03] is told of a token that is revoked, or of another kind, what it is told of an unknown one", async () => {
    const answers = async (fields: Fields) => {
      const answer = await introspect(fields)
      return [answer.status, [...answer.headers], await answer.text()]
    }
    const unknown = await answers({ token: "unknown" })
    expect([unknown[0], unknown[2]]).toEqual([200, '{"active":false}'])
    const { access_token, refresh_token } = tokens
    for (const token_type_hint of ["access_token", "refresh_token", "other"]) {
      expect(await answers({ token: refresh_token, token_type_hint })).toEqual(unknown)
    }
    const hinted = await introspect({ token: access_token, token_type_hint: "refresh_token" })
    expect(await hinted.json()).toMatchObject({ active: true, client_id: "c2" })
    expect((await world.handle(post("revoke", { token: access_token }, { authorization }))).status).toBe(200)
    expect(await answers({ token: access_token })).toEqual(unknown)
    expect(await answers({ token: `${access_token}x` })).toEqual(unknown)
  })
})

describe("a flood of registrations", () => {
  it("[DCR-07] pushes out no client that came with an initial access token, though no user ever approved it", async () => {
    // SHA-256 of "a-token", base64url.
    const hash = createHash("sha256").update("a-token").digest("base64url")
    world = await makeWorld({ registration: { dynamic: { maximumClients: 5, initialAccessTokens: [{ hash }] } } })
    const send = (body: object, headers: Readonly<Record<string, string>> = {}) =>
      world.handle(
        new Request(`${ISSUER}/register`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body)
        })
      )
    const machine = {
      client_name: "Nightly job",
      redirect_uris: [],
      response_types: [],
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "client_secret_basic"
    }
    const trusted = await send(machine, { authorization: "Bearer a-token" })
    expect(trusted.status).toBe(201)
    const { client_id, client_secret } = (await trusted.json()) as Readonly<
      Record<"client_id" | "client_secret", string>
    >
    for (let count = 0; count < 50; count++) {
      expect((await send({ redirect_uris: [CALLBACK], client_name: `${count}` })).status).toBe(201)
    }
    const fields = { grant_type: "client_credentials", resource: NOTES }
    const answer = await world.handle(post("token", fields, { authorization: basic(client_id, client_secret) }))
    expect(answer.status).toBe(200)
  })
})

describe("an endpoint", () => {
  it("[ASM-19] that is advertised answers, and one that is not does not", async () => {
    const rs = {
      clientId: "rs",
      name: "Notes",
      redirectUris: [],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: C2_SECRET_HASH,
      grantTypes: ["client_credentials"]
    } as const
    const all = ["authorize", "token", "revoke", "introspect", "register"]
    for (const [options, served] of [
      [{ clients: [rs], introspection: [{ clientId: "rs", resources: [NOTES] }] }, all],
      [{ registration: {} }, ["authorize", "token", "revoke"]]
    ] as const) {
      const one = await makeWorld(options)
      const at = "https://as.example.com/.well-known/oauth-authorization-server/tenant"
      const metadata = (await (await one.handle(new Request(at))).json()) as Readonly<Record<string, unknown>>
      const advertised = Object.entries(metadata).flatMap(([name, url]) =>
        name.endsWith("_endpoint") ? [String(url)] : []
      )
      expect(new Set(advertised)).toEqual(new Set(served.map((path) => `${ISSUER}/${path}`)))
      for (const path of all) {
        const answer = await one.handle(
          new Request(`${ISSUER}/${path}`, { method: path === "authorize" ? "GET" : "POST" })
        )
        expect([path, answer.status === 404]).toEqual([path, !served.some((one) => one === path)])
      }
    }
  })
})

describe("what is compared", () => {
  it("[TIM-04] is a hash: the store is never asked for a cookie, code or token as it came", async () => {
    const asked: Array<unknown> = []
    const store = new Proxy(world.store, {
      get: (target, name, receiver) => {
        const method: unknown = Reflect.get(target, name, receiver)
        return typeof method === "function"
          ? (...values: ReadonlyArray<unknown>) => {
              asked.push(values)
              return Reflect.apply(method, target, values) as unknown
            }
          : method
      }
    })
    const spied = await makeWorld({ store })
    const visitor = new Browser(spied)
    const facts = await visitor.openConsent(authorizeUrl())
    const answer = await visitor.submit(facts, { decision: "approve", scope: "notes:read" })
    const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? ""
    const bought = (await (await spied.handle(tokenRequest({ code }))).json()) as Tokens
    const fields = { grant_type: "refresh_token", client_id: "c1", refresh_token: bought.refresh_token }
    expect((await spied.handle(post("token", fields))).status).toBe(200)
    const hidden = facts.page === "error" ? [] : facts.hidden.map(({ value }) => value)
    const values = [visitor.cookie?.split("=")[1], code, bought.refresh_token, bought.access_token, ...hidden]
    expect(asked.length).toBeGreaterThan(10)
    const text = JSON.stringify(asked)
    for (const value of values) {
      expect(value).toMatch(/^[\w.-]{43,}$/)
      expect(text.includes(value ?? "")).toBe(false)
    }
  })
})
