import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  FILES,
  MAIL,
  NOTES,
  PASSWORD,
  type Running,
  startRunning,
  WEB_BACK
} from "./raw-authorization-server/server.ts"
import {
  type Answered,
  type Fields,
  headerOf,
  hiddenOf,
  isActive,
  makeKey,
  makeTab,
  post,
  redeem,
  refresh,
  tally,
  ticksOf,
  tokensOf
} from "./raw-authorization-server/typed.ts"

// Requests typed by hand at the running authorization server: what no client library and no browser would send.

let running: Running
let port = 0
let other = 0
beforeAll(async () => {
  running = await startRunning()
  port = running.port
  other = await running.beside()
})
afterAll(() => running.close())

const BOTH = "notes:read notes:write"
const at64 = (send: (index: number) => Promise<Answered>) =>
  Promise.all(Array.from({ length: 64 }, (_, at) => send(at)))
const either = (index: number) => (index % 2 === 0 ? port : other)
const bodies = (answers: ReadonlyArray<Answered>) => [
  ...new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body))
]
const grant = async (fields: Fields = { scope: BOTH }) => tokensOf(await redeem(port, await makeTab(port).code(fields)))
const tokenOf = (tokens: Readonly<Record<string, string>>) => tokens["refresh_token"] ?? ""
/** Whether anything of a grant is still worth something. */
const lives = async (tokens: Readonly<Record<string, string>>) => [
  await isActive(port, tokens["access_token"] ?? ""),
  (await refresh(port, tokenOf(tokens))).status
]
const codeOf = (answered: Answered) => new URL(headerOf(answered, "location") ?? "x:").searchParams.get("code")

describe("64 requests at once at two servers over one file", () => {
  it("get one set of tokens from a code, which is worth nothing after them", async () => {
    const code = await makeTab(port).code()
    const answers = await at64((index) => redeem(either(index), code))
    expect(tally(answers)).toEqual({ 200: 1, 400: 63 })
    const [bought] = answers.filter(({ status }) => status === 200)
    expect(await lives(tokensOf(bought ?? answers[0]!))).toEqual([false, 400])
  })

  it("get one set of tokens from a refresh token, in the same bytes", async () => {
    const { refresh_token: token = "" } = await grant()
    const answers = await at64((index) => refresh(either(index), token))
    expect(tally(answers)).toEqual({ 200: 64 })
    const [body = "{}", ...others] = bodies(answers)
    expect(others).toEqual([])
    expect(await lives(JSON.parse(body))).toEqual([true, 200])
  })

  it("that ask for two things get one of them at most, and lose the grant", async () => {
    const { refresh_token: token = "" } = await grant()
    const answers = await at64((index) => refresh(either(index), token, index % 3 === 0 ? { scope: "notes:read" } : {}))
    const [body = "{}", ...others] = bodies(answers)
    expect(others).toEqual([])
    expect(await lives(JSON.parse(body))).toEqual([false, 400])
  })

  it("approve a page once", async () => {
    const tab = makeTab(port)
    const page = await tab.open()
    const fields = { ...hiddenOf(page.body), scope: ["notes:read"], decision: "approve" }
    const answers = await at64((index) => tab.submit("/consent", { ...fields, unheard_of: String(index) }))
    expect(tally(answers)).toEqual({ 303: 1, 410: 63 })
  })
})

describe("an old refresh token", () => {
  const cases: ReadonlyArray<readonly [why: string, first: Fields, again: Fields]> = [
    ["with less scope", {}, { scope: "notes:read" }],
    ["with the scope that was meant", {}, { scope: BOTH }],
    ["with the resource that was meant", {}, { resource: NOTES }],
    ["for another resource", {}, { resource: FILES }],
    ["with a scope of others", {}, { scope: "files:read" }]
  ]
  it.each(cases)("that comes again %s is a replay and ends its grant", async (_, first, again) => {
    const { refresh_token: token = "" } = await grant()
    const next = tokensOf(await refresh(port, token, first))
    expect((await refresh(other, token, again)).status).toBe(400)
    expect(await lives(next)).toEqual([false, 400])
  })

  it("that comes again in other words is given the same answer", async () => {
    const { refresh_token: token = "" } = await grant()
    const first = await refresh(port, token, { scope: BOTH })
    const again = await refresh(other, token, { scope: "notes:write notes:read", more: "1" })
    expect([first.status, again.status, again.body]).toEqual([200, 200, first.body])
  })

  it("is given nothing once its successor was used or revoked", async () => {
    const one = await grant()
    const next = tokensOf(await refresh(port, tokenOf(one)))
    const last = tokensOf(await refresh(port, tokenOf(next)))
    expect((await refresh(port, tokenOf(one))).status).toBe(400)
    expect(await lives(last)).toEqual([false, 400])
    const two = await grant()
    const revoked = tokensOf(await refresh(port, tokenOf(two)))
    await post(port, "/revoke", { token: tokenOf(revoked), client_id: "app" })
    expect((await refresh(port, tokenOf(two))).status).toBe(400)
    expect(await isActive(port, revoked["access_token"] ?? "")).toBe(false)
  })

  it("ends its grant although a thief has bound the chain to a key of theirs", async () => {
    const thief = makeKey(port)
    const nonce = headerOf(await refresh(port, "x"), "dpop-nonce") ?? ""
    const owned = await grant()
    const stolen = await refresh(port, tokenOf(owned), {}, [thief(nonce)])
    expect([stolen.status, tokensOf(stolen)["token_type"]]).toEqual([200, "DPoP"])
    expect((await refresh(port, tokenOf(owned))).status).toBe(400)
    expect((await refresh(port, tokenOf(tokensOf(stolen)), {}, [thief(nonce)])).status).toBe(400)
    expect(await isActive(port, tokensOf(stolen)["access_token"] ?? "")).toBe(false)
  })
})

describe("another client", () => {
  it("neither uses up nor ends what is not its own", async () => {
    const code = await makeTab(port).code()
    expect((await redeem(port, code, { client_id: "other" })).status).toBe(400)
    const tokens = tokensOf(await redeem(port, code))
    const next = tokensOf(await refresh(port, tokenOf(tokens)))
    const made = tokenOf(next).slice(0, 22) + "A".repeat(43)
    for (const token of [tokenOf(tokens), tokenOf(next), made]) {
      expect((await refresh(port, token, { client_id: "other" })).status).toBe(400)
      expect((await post(port, "/revoke", { token, client_id: "other" })).status).toBe(200)
    }
    await post(port, "/revoke", { token: next["access_token"] ?? "", client_id: "other" })
    expect((await redeem(port, code, { client_id: "other" })).status).toBe(400)
    expect((await redeem(port, code, { code_verifier: "x".repeat(43) })).status).toBe(400)
    expect(await lives(next)).toEqual([true, 200])
  })
})

describe("a refresh", () => {
  it.each<[string, Fields, string]>([
    ["a scope that was not granted", { scope: "notes:write" }, "invalid_scope"],
    ["a scope for administrators", { scope: "notes:purge" }, "invalid_scope"],
    ["a scope of another resource", { scope: "notes:read files:read" }, "invalid_scope"],
    ["a space for a scope", { scope: " " }, "invalid_scope"],
    ["another resource of the group", { resource: MAIL }, "invalid_target"],
    ["the whole group", { resource: [NOTES, MAIL] }, "invalid_target"]
  ])("asks in vain for %s, and loses nothing", async (_, fields, error) => {
    const tokens = await grant({})
    const refused = await refresh(port, tokenOf(tokens), fields)
    expect([refused.status, JSON.parse(refused.body).error]).toEqual([400, error])
    expect(await lives(tokens)).toEqual([true, 200])
  })

  it("of two resources that do not trust each other is for one of them", async () => {
    const code = await makeTab(port).code({ resource: [NOTES, FILES], scope: "notes:read files:read" })
    expect((await redeem(port, code)).status).toBe(400)
    const files = tokensOf(await redeem(port, code, { resource: FILES }))
    expect(files["scope"]).toBe("files:read")
    expect((await refresh(port, tokenOf(files), { resource: [FILES, NOTES] })).status).toBe(400)
    expect(tokensOf(await refresh(port, tokenOf(files), { resource: NOTES }))["scope"]).toBe("notes:read")
  })

  it("takes no scope that one resource gives to all to another that keeps it for administrators", async () => {
    const tab = makeTab(port)
    const both = await tab.open({ resource: [NOTES, MAIL], scope: "mail:read notes:read notes:purge" })
    expect(ticksOf(both.body)).toEqual(["mail:read", "notes:read"])
    const forced = { ...hiddenOf(both.body), scope: ["mail:read", "notes:read", "notes:purge"], decision: "approve" }
    const code = codeOf(await tab.submit("/consent", forced)) ?? ""
    expect(tokensOf(await redeem(port, code))["scope"]).toBe("mail:read notes:read")
    const mail = await grant({ resource: MAIL, scope: "notes:purge" })
    expect(mail["scope"]).toBe("notes:purge")
    expect((await refresh(port, tokenOf(mail), { resource: NOTES })).status).toBe(400)
  })
})

describe("a page", () => {
  const isAsked = ({ body }: Answered) => body.includes('name="decision"')

  it("is left out for the client, redirect, scope and person of the consent alone", async () => {
    const tab = makeTab(port)
    const web = { client_id: "web" }
    await tab.code(web)
    expect(isAsked(await tab.open(web))).toBe(false)
    for (const fields of [
      { redirect_uri: `${WEB_BACK}2` },
      { scope: BOTH },
      { resource: MAIL, scope: "mail:read" },
      { resource: [NOTES, MAIL] },
      { prompt: "consent" }
    ]) {
      expect(isAsked(await tab.open({ ...web, ...fields })), JSON.stringify(fields)).toBe(true)
    }
    expect(isAsked(await makeTab(port).open(web, "eve"))).toBe(true)
    await tab.code({})
    expect(isAsked(await tab.open({}))).toBe(true)
  })

  it("takes no form of another one, of another person or of another browser", async () => {
    const tab = makeTab(port)
    const [one, two] = [await tab.open({ scope: "notes:read" }), await tab.open({ scope: "notes:write" })]
    const decision = { scope: ["notes:read", "notes:write"], decision: "approve" }
    const csrf = hiddenOf(two.body)["csrf"] ?? ""
    const crossed = { ...hiddenOf(one.body), csrf, ...decision }
    expect((await tab.submit("/consent", crossed)).status).toBe(403)
    const signIn = await tab.open({ prompt: "login" }, "eve")
    expect(isAsked(signIn)).toBe(true)
    for (const page of [one, two]) {
      expect((await tab.submit("/consent", { ...hiddenOf(page.body), ...decision })).status).toBe(403)
      const handle = hiddenOf(page.body)["interaction"] ?? ""
      expect((await tab.send(`GET /interaction?interaction=${handle}`)).status).toBe(410)
    }
  })

  it("that somebody planted in a browser is nobody's but the one who signed in", async () => {
    const thief = makeTab(port)
    const page = await thief.open({ prompt: "login" }, "nobody")
    const victim = makeTab(port, thief.cookie())
    const fields = { ...hiddenOf(page.body), username: "bob", password: PASSWORD }
    expect((await victim.submit("/login", fields)).status).toBe(303)
    const handle = hiddenOf(page.body)["interaction"] ?? ""
    expect((await thief.send(`GET /interaction?interaction=${handle}`)).status).toBe(410)
    expect((await thief.submit("/consent", { ...hiddenOf(page.body), decision: "approve" })).status).toBe(403)
    expect(headerOf(await thief.open({ prompt: "none" }), "location")).toContain("error=login_required")
  })
})
