import { beforeEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  errorOf,
  ISSUER,
  makeWorld,
  obtainCode,
  obtainTokens,
  post,
  redirectOf,
  refreshRequest,
  tokenRequest,
  VERIFIER,
  type World
} from "../fixture.ts"
import { asserted, claims, ec, jws, publicJwk } from "../assertion/signing.ts"
import { createHash } from "node:crypto"

const pair = ec()

let world: World
beforeEach(async () => {
  world = await makeWorld()
})

const answerTo = (request: Request) => errorOf(world.handle(request))

const c2 = { client_id: "c2", redirect_uri: CALLBACK }
const asC2 = (fields: Parameters<typeof tokenRequest>[0], authorization = basic("c2", C2_SECRET)) =>
  tokenRequest({ client_id: undefined, ...fields }, { authorization })

describe("the body of a token request", () => {
  it("[CAU-01] is a form that is posted, and nothing else", async () => {
    const code = await obtainCode(world)
    const fields = { grant_type: "authorization_code", client_id: "c1", code, code_verifier: VERIFIER }
    const form = new URLSearchParams(fields).toString()
    expect((await world.handle(new Request(`${ISSUER}/token?${form}`))).status).toBe(405)
    const inQuery = new Request(`${ISSUER}/token?${form}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: ""
    })
    expect(await answerTo(inQuery)).toEqual([401, "invalid_client"])
    const half = new Request(`${ISSUER}/token?code=${code}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.replace(`code=${code}&`, "")
    })
    expect(await answerTo(half)).toEqual([400, "invalid_request"])
    for (const type of [
      "application/json",
      "multipart/form-data; boundary=x",
      "text/plain",
      "application/json, application/x-www-form-urlencoded",
      "application/x-www-form-urlencoded, application/json",
      "application/x-www-form-urlencoded; charset=utf-16",
      ""
    ]) {
      const body = type === "application/json" ? JSON.stringify(fields) : form
      const request = new Request(`${ISSUER}/token`, { method: "POST", headers: { "content-type": type }, body })
      expect(await answerTo(request)).toEqual([400, "invalid_request"])
    }
    const bare = new Request(`${ISSUER}/token`, { method: "POST", body: new TextEncoder().encode(form) })
    expect(bare.headers.has("content-type")).toBe(false)
    expect(await answerTo(bare)).toEqual([400, "invalid_request"])
    const empty = new Request(`${ISSUER}/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" }
    })
    expect(await answerTo(empty)).toEqual([401, "invalid_client"])
    expect((await answerTo(tokenRequest({ code })))[0]).toBe(200)
  })

  it("[CAU-02] may name its charset and write its type in capitals", async () => {
    for (const type of [
      "application/x-www-form-urlencoded; charset=UTF-8",
      "APPLICATION/X-WWW-FORM-URLENCODED",
      'application/x-www-form-urlencoded;charset="utf-8"'
    ]) {
      const code = await obtainCode(world)
      expect((await answerTo(tokenRequest({ code }, { "content-type": type })))[0]).toBe(200)
    }
  })

  it("[CAU-04] may have empty parameters, which count as omitted", async () => {
    const code = await obtainCode(world)
    expect(await answerTo(tokenRequest({ code, code_verifier: "" }))).toEqual([400, "invalid_request"])
    const answer = await world.handle(tokenRequest({ code, resource: "", redirect_uri: "", client_secret: "" }))
    const { refresh_token } = (await answer.json()) as { refresh_token: string }
    const refreshed = await world.handle(refreshRequest(refresh_token, { scope: "", resource: "" }))
    expect(await refreshed.json()).toMatchObject({ scope: "notes:read notes:write" })
    const asked = await world.handle(new Request(authorizeUrl({ scope: "" })))
    expect(asked.status).toBe(200)
  })

  it("[CAU-19] is read up to 64 kB, 100 parameters and ten seconds, and then dropped", async () => {
    expect((await answerTo(tokenRequest({ code: "x".repeat(1_000_000) })))[0]).toBe(413)
    expect((await answerTo(tokenRequest({ code: "x".repeat(10_000_000) })))[0]).toBe(413)
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`p${index}`, ""]))
    expect((await answerTo(tokenRequest(many)))[0]).toBe(413)
    const hundred = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, "x"]))
    expect(await answerTo(tokenRequest(hundred))).toEqual([400, "invalid_request"])
    let cancelled = 0
    const streamed = (pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>) =>
      new Request(`${ISSUER}/token`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new ReadableStream<Uint8Array>({ pull, cancel: () => void cancelled++ }),
        duplex: "half"
      } as RequestInit)
    const endless = streamed((controller) => controller.enqueue(new Uint8Array(1000).fill(97)))
    expect((await answerTo(endless))[0]).toBe(413)
    expect(cancelled).toBe(1)
    // One that says how long it is comes in one piece, and counts by what it is.
    for (const length of ["70000", "99999", "1"]) {
      expect((await answerTo(tokenRequest({ code: "x".repeat(70_000) }, { "content-length": length })))[0]).toBe(413)
    }
    expect((await answerTo(tokenRequest({ code: "x" }, { "content-length": "1000000" })))[0]).toBe(400)
    world.impatient = true
    const late = streamed(() => new Promise(() => undefined))
    late.headers.set("content-length", "100")
    expect((await answerTo(late))[0]).toBe(408)
    const drip = streamed(() => new Promise(() => undefined))
    expect((await answerTo(drip))[0]).toBe(408)
    expect(cancelled).toBe(2)
    world.impatient = false
    const broken = streamed((controller) => controller.error(new Error("reset by peer")))
    expect(await answerTo(broken)).toEqual([400, "invalid_request"])
    const latin = streamed((controller) => {
      controller.enqueue(new Uint8Array([0xe9]))
      controller.close()
    })
    expect(await answerTo(latin)).toEqual([400, "invalid_request"])
  })

  it("[CAU-21] has each parameter once, like an authorization request", async () => {
    const code = await obtainCode(world)
    expect(await answerTo(tokenRequest({ code, client_id: ["c1", "c1"] }))).toEqual([400, "invalid_request"])
    const redirected = await world.handle(new Request(authorizeUrl({ scope: ["notes:read", "notes:write"] })))
    expect(redirectOf(redirected)).toMatchObject({ at: CALLBACK, error: "invalid_request", state: "st-1", iss: ISSUER })
    const twoStates = await world.handle(new Request(authorizeUrl({ state: ["a", "b"] })))
    expect(redirectOf(twoStates)).toMatchObject({ error: "invalid_request" })
    expect(redirectOf(twoStates)).not.toHaveProperty("state")
    expect((await answerTo(tokenRequest({ code })))[0]).toBe(200)
  })
})

describe("grant types", () => {
  it("[CAU-11] other than the two served are refused; none is a request that lacks a parameter", async () => {
    for (const grant_type of [
      "password",
      "implicit",
      "urn:ietf:params:oauth:grant-type:device_code",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "urn:ietf:params:oauth:grant-type:token-exchange",
      "unknown",
      "Authorization_Code"
    ]) {
      expect(await answerTo(tokenRequest({ grant_type, code: "x" }))).toEqual([400, "unsupported_grant_type"])
    }
    expect(await answerTo(tokenRequest({ grant_type: undefined }))).toEqual([400, "invalid_request"])
    // OAuth 2.1 section 3.2: a parameter without a value is one that was left out.
    expect(await answerTo(tokenRequest({ grant_type: "" }))).toEqual([400, "invalid_request"])
  })

  it("[CAU-10] client_credentials is no public client's", async () => {
    expect(await answerTo(post("token", { grant_type: "client_credentials", client_id: "c1" }))).toEqual([
      400,
      "unauthorized_client"
    ])
  })
})

describe("client authentication", () => {
  it("works by the registered method", async () => {
    const code = await obtainCode(world, c2)
    expect((await answerTo(asC2({ code })))[0]).toBe(200)
    expect((await answerTo(asC2({ code: await obtainCode(world, c2), client_id: "c2" })))[0]).toBe(200)
  })

  it("[CAU-05] happens by one method per request", async () => {
    const code = await obtainCode(world, c2)
    const before = world.store.dump()
    expect(await answerTo(asC2({ code, client_secret: C2_SECRET }))).toEqual([400, "invalid_request"])
    expect(await answerTo(asC2({ code, client_secret: "other" }))).toEqual([400, "invalid_request"])
    expect(await answerTo(asC2({ code, client_id: "c1" }))).toEqual([401, "invalid_client"])
    expect(await answerTo(asC2({ code, client_assertion: "a.b.c" }))).toEqual([400, "invalid_request"])
    const postAndAssertion = { code, client_id: "c2", client_secret: C2_SECRET, client_assertion: "a.b.c" }
    expect(await answerTo(tokenRequest(postAndAssertion))).toEqual([400, "invalid_request"])
    expect(world.store.dump()).toBe(before)
    expect((await answerTo(asC2({ code })))[0]).toBe(200)
  })

  it("[CAU-06] by Basic decodes both parts as forms, split at the first colon", async () => {
    const clientId = "a%b+c d"
    const secret = "s:%+ é&"
    world = await makeWorld({
      clients: [
        {
          clientId,
          name: "Odd",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "client_secret_basic",
          secretHash: createHash("sha256").update(secret).digest("base64url")
        }
      ]
    })
    const form = (text: string) => new URLSearchParams([["", text]]).toString().slice(1)
    const code = () => obtainCode(world, { client_id: clientId })
    const send = async (credentials: string) =>
      answerTo(
        asC2({ code: await code() }, `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(credentials)))}`)
      )
    expect((await send(`${form(clientId)}:${form(secret)}`))[0]).toBe(200)
    const percent = (text: string) => encodeURIComponent(text)
    expect((await send(`${percent(clientId)}:${percent(secret)}`))[0]).toBe(200)
    expect(await send(`${clientId}:${secret}`)).toEqual([401, "invalid_client"])
    expect(await send(`${form(clientId)}:${secret}`)).toEqual([401, "invalid_client"])
    expect(await send(`${form(clientId)}${form(secret)}`)).toEqual([401, "invalid_client"])
  })

  it("[CAU-08] happens by the registered method alone", async () => {
    world = await makeWorld({
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        ...(["client_secret_basic", "client_secret_post"] as const).map((tokenEndpointAuthMethod) => ({
          clientId: tokenEndpointAuthMethod,
          name: "Secret",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod,
          secretHash: C2_SECRET_HASH
        })),
        {
          clientId: "private_key_jwt",
          name: "Key",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "private_key_jwt",
          jwks: { keys: [publicJwk(pair)] }
        }
      ]
    })
    const byAssertion = async (client_id: string) => {
      const code = await obtainCode(world, { client_id })
      return answerTo(
        tokenRequest({ ...asserted(jws({ alg: "ES256" }, claims(client_id), pair.privateKey)), code, client_id })
      )
    }
    const by = async (client_id: string, method: "basic" | "post") => {
      const code = await obtainCode(world, { client_id })
      return method === "basic"
        ? answerTo(asC2({ code }, basic(client_id, C2_SECRET)))
        : answerTo(tokenRequest({ code, client_id, client_secret: C2_SECRET }))
    }
    expect(await by("client_secret_post", "basic")).toEqual([401, "invalid_client"])
    expect(await by("client_secret_basic", "post")).toEqual([401, "invalid_client"])
    expect(await by("c1", "post")).toEqual([401, "invalid_client"])
    expect(await by("c1", "basic")).toEqual([401, "invalid_client"])
    expect(await by("private_key_jwt", "basic")).toEqual([401, "invalid_client"])
    expect(await by("private_key_jwt", "post")).toEqual([401, "invalid_client"])
    const bare = tokenRequest({ code: "x", client_id: "private_key_jwt" })
    expect(await answerTo(bare)).toEqual([401, "invalid_client"])
    for (const client of ["c1", "client_secret_basic", "client_secret_post"]) {
      expect(await byAssertion(client)).toEqual([401, "invalid_client"])
    }
    expect((await byAssertion("private_key_jwt"))[0]).toBe(200)
    expect((await by("client_secret_post", "post"))[0]).toBe(200)
    expect((await by("client_secret_basic", "basic"))[0]).toBe(200)
  })

  it("[CAU-09] of a confidential client needs its secret, also where the record has lost it", async () => {
    const code = await obtainCode(world, c2)
    for (const request of [
      tokenRequest({ code, client_id: "c2" }),
      tokenRequest({ code, client_id: "c2", client_secret: "" }),
      asC2({ code }, basic("c2", "")),
      asC2({ code }, basic("c2", "wrong")),
      asC2({ code }, basic("unknown", C2_SECRET)),
      asC2({ code }, "Basic"),
      asC2({ code }, "Bearer abc"),
      asC2({ code }, "Basic !!!"),
      asC2({ code }, "")
    ]) {
      const response = await world.handle(request)
      expect(response.headers.get("www-authenticate")).toBe('Basic realm="token"')
      expect(await errorOf(response)).toEqual([401, "invalid_client"])
    }
    const bare = {
      clientId: "bare",
      origin: "registered" as const,
      name: "Bare",
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: "client_secret_basic" as const,
      grantTypes: ["authorization_code" as const],
      applicationType: "web" as const,
      createdAt: 0
    }
    const { runPromise } = await import("effect/Effect")
    await runPromise(world.store.addClient({ client: bare }, { maximum: 10 }))
    for (const secret of ["null", "undefined", ""]) {
      expect(await answerTo(asC2({ code: "x" }, basic("bare", secret)))).toEqual([401, "invalid_client"])
    }
    expect((await answerTo(asC2({ code })))[0]).toBe(200)
  })

  it("[CAU-20] may come from any web page, but never by its cookies", async () => {
    const preflight = await world.handle(
      new Request(`${ISSUER}/token`, { method: "OPTIONS", headers: { origin: "https://app.example" } })
    )
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization")
    expect(preflight.headers.get("access-control-allow-methods")).toBe("POST")
    const code = await obtainCode(world)
    const answer = await world.handle(
      tokenRequest({ code, client_id: undefined }, { origin: "https://app.example", cookie: "client_id=c1" })
    )
    expect(answer.status).toBe(401)
    for (const response of [preflight, answer]) {
      expect(response.headers.get("access-control-allow-origin")).toBe("*")
      expect(response.headers.has("access-control-allow-credentials")).toBe(false)
    }
    const tokens = await obtainTokens(world)
    expect(tokens.token_type).toBe("Bearer")
  })
})
