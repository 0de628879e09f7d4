import { readFileSync } from "node:fs"
import { join } from "node:path"
import { eventLine } from "@postern/app-authorization-server"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { FILES, INITIAL, PASSWORD, type Running, SECRET, startRunning } from "./raw-authorization-server/server.ts"
import {
  type Answered,
  ask,
  basic,
  hiddenOf,
  makeTab,
  post,
  redeem,
  refresh,
  tokensOf,
  VERIFIER
} from "./raw-authorization-server/typed.ts"

// What clients are told of others, and what the answers, the events and the files say of what was sent.

let running: Running
let port = 0
beforeAll(async () => {
  running = await startRunning()
  port = running.port
})
afterAll(() => running.close())

/** All that was answered but for the time. */
const bytesOf = ({ body, head }: Answered) => `${head.replace(/\r\ndate: .*/i, "")}\n${body}`
describe("introspection and revocation", () => {
  it("answer whatever is not theirs in the same bytes", async () => {
    const tokens = tokensOf(await redeem(port, await makeTab(port).code()))
    const { access_token: good = "", refresh_token: live = "" } = tokens
    const introspect = (token: string, header = basic("notes-server")) => post(port, "/introspect", { token }, [header])
    expect(JSON.parse((await introspect(good)).body).active).toBe(true)
    const machine = { grant_type: "client_credentials", client_id: "machine", client_secret: SECRET, resource: FILES }
    const { access_token: foreign = "" } = tokensOf(await post(port, "/token", machine))
    const [head = "", claims = "", signature = ""] = good.split(".")
    const headerWith = (changes: object) =>
      Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(head, "base64url").toString()), ...changes })).toString(
        "base64url"
      )
    const revoked = tokensOf(await redeem(port, await makeTab(port).code()))
    await post(port, "/revoke", { token: revoked["refresh_token"] ?? "", client_id: "app" })
    const inactive = await Promise.all(
      [
        "x",
        foreign,
        live,
        revoked["access_token"] ?? "",
        `${headerWith({ alg: "none" })}.${claims}.`,
        `${headerWith({ alg: "HS256" })}.${claims}.${signature}`,
        `${headerWith({ typ: "JWT" })}.${claims}.${signature}`,
        `${good}=`,
        `${good}.x`,
        good.slice(0, -1),
        "a".repeat(60_000)
      ].map((token) => introspect(token))
    )
    expect([...new Set(inactive.map(bytesOf))]).toHaveLength(1)
    expect(inactive[0]?.body).toBe('{"active":false}')
    const strangers = await Promise.all([
      introspect(good, basic("web")),
      introspect("x", basic("web")),
      introspect(good, basic("nobody")),
      introspect(good, basic("notes-server", "wrong")),
      introspect(good, `Authorization: Bearer ${good}`),
      post(port, "/introspect", { token: good, client_id: "app" })
    ])
    expect([...new Set(strangers.map(bytesOf))]).toHaveLength(1)
    expect(strangers[0]?.status).toBe(401)
    const unmoved = await Promise.all(
      [good, live, "x", "a".repeat(65)].map((token) => post(port, "/revoke", { token, client_id: "other" }))
    )
    expect([...new Set(unmoved.map(bytesOf))]).toHaveLength(1)
    expect(JSON.parse((await introspect(good)).body).active).toBe(true)
  })
})

describe("registration", () => {
  const JSON_BODY = "Content-Type: application/json"
  const INITIAL_TOKEN = `Authorization: Bearer ${INITIAL}`
  const WEB = { redirect_uris: ["https://w.example.org/back"], token_endpoint_auth_method: "client_secret_basic" }
  const register = async (metadata: object, ...headers: ReadonlyArray<string>) =>
    tokensOf(await ask(port, "POST /register", [JSON_BODY, ...headers], JSON.stringify(metadata)))

  it("is the same client for the same public metadata, and nobody's who has an initial access token", async () => {
    const metadata = { redirect_uris: ["http://127.0.0.1/same"], client_name: "Same" }
    const mine = await register(metadata)
    const trusted = await register(metadata, INITIAL_TOKEN)
    const again = await register({ ...metadata, scope: "notes:purge" })
    expect(again).toEqual(mine)
    expect(trusted["client_id"]).not.toBe(mine["client_id"])
    expect(mine).not.toHaveProperty("registration_access_token")
  })

  it("takes an initial access token from one header and no other form", async () => {
    const [good, second] = [INITIAL_TOKEN, "Authorization: Bearer x"]
    for (const headers of [[second], [good, good], [good.slice(0, -1)], [good.replace("Bearer", "Basic")]]) {
      expect((await register(WEB, ...headers))["error"], String(headers.length)).toBe("invalid_token")
    }
    expect(await register(WEB, good)).toHaveProperty("client_secret")
  })

  it("gives a client to its own token alone, whatever the path looks like", async () => {
    const [mine, theirs] = [await register(WEB, INITIAL_TOKEN), await register(WEB, INITIAL_TOKEN)]
    const id = mine["client_id"] ?? ""
    const at = (path: string, client: typeof mine) =>
      ask(port, `GET /register/${path}`, [`Authorization: Bearer ${client["registration_access_token"]}`])
    expect((await at(id, mine)).status).toBe(200)
    const refused = await Promise.all([at(id, theirs), at("nobody", mine), at("web", mine), at("", mine)])
    expect([...new Set(refused.map(bytesOf))]).toHaveLength(1)
    const paths = [
      `${id}/`,
      `${id}/x`,
      `${id}%00`,
      `/${id}`,
      `${id};x`,
      `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`
    ]
    for (const path of paths) expect((await at(path, mine)).status, path).toBe(401)
    const body = JSON.stringify({ ...WEB, client_id: id })
    const stolen = [JSON_BODY, `Authorization: Bearer ${theirs["registration_access_token"]}`]
    expect((await ask(port, `PUT /register/${id}`, stolen, body)).status).toBe(401)
    expect((await ask(port, `PUT /register/${theirs["client_id"]}`, stolen, body)).status).toBe(400)
    expect((await ask(port, `DELETE /register/${id}`, stolen)).status).toBe(401)
    expect((await at(id, mine)).status).toBe(200)
  })

  it("sends no code to a redirect URI that was taken back while the page was open", async () => {
    const metadata = {
      redirect_uris: ["https://w.example.org/back"],
      token_endpoint_auth_method: "client_secret_basic"
    }
    const headers = ["Content-Type: application/json", `Authorization: Bearer ${INITIAL}`]
    const client = tokensOf(await ask(port, "POST /register", headers, JSON.stringify(metadata)))
    const tab = makeTab(port)
    const id = { client_id: client["client_id"] ?? "" }
    const page = await tab.open({ ...id, redirect_uri: "https://w.example.org/back" })
    const own = ["Content-Type: application/json", `Authorization: Bearer ${client["registration_access_token"]}`]
    const changed = JSON.stringify({ ...metadata, ...id, redirect_uris: ["https://w.example.org/new"] })
    expect((await ask(port, `PUT /register/${id.client_id}`, own, changed)).status).toBe(200)
    const answered = await tab.approve(page)
    expect([answered.status, /^location/im.test(answered.head)]).toEqual([410, false])
  })

  it.each(["https://[::1]/x", "https://[::]/x", "https://0.0.0.0/x", "https://a.localhost/x", "https://localhost./x"])(
    "gives no secret to what ends at %s",
    async (uri) => {
      const client = await register({ ...WEB, redirect_uris: [uri], application_type: "web" }, INITIAL_TOKEN)
      expect([client["token_endpoint_auth_method"], client["client_secret"]]).toEqual(["none", undefined])
    }
  )
})

describe("a flood of registrations", () => {
  it("pushes out neither a client that was used nor one that was told of again", async () => {
    const flooded = await startRunning({ registration: { dynamic: { maximumClients: 3 } } })
    const register = async (name: string) => {
      const body = JSON.stringify({ redirect_uris: [`http://127.0.0.1/${name}`], client_name: name })
      const client = tokensOf(await ask(flooded.port, "POST /register", ["Content-Type: application/json"], body))
      return { client_id: client["client_id"] ?? "", redirect_uri: `http://127.0.0.1/${name}` }
    }
    try {
      const used = await register("used")
      await makeTab(flooded.port).code(used)
      const early = await register("early")
      await register("later")
      // In the next second it is told of again, and so leaves after what came meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 1100))
      expect(await register("early")).toEqual(early)
      await register("flood")
      expect((await makeTab(flooded.port).open(early)).status).toBe(200)
      for (let count = 0; count < 10; count++) await register(`flood-${count}`)
      expect((await makeTab(flooded.port).open(used)).status).toBe(200)
      expect((await makeTab(flooded.port).open(early)).status).toBe(400)
    } finally {
      await flooded.close()
    }
  })
})

describe("what is secret", () => {
  it("stands in no event, no error page and no file of the store", async () => {
    const tab = makeTab(port)
    const tokens = tokensOf(await redeem(port, await tab.code()))
    const next = tokensOf(await refresh(port, tokens["refresh_token"] ?? ""))
    const code = await tab.code()
    const page = await tab.open({ scope: "notes:write" })
    const body = '{"redirect_uris":["https://w.example.org/cb"]}'
    const headers = ["Content-Type: application/json", `Authorization: Bearer ${INITIAL}`]
    const client = tokensOf(await ask(port, "POST /register", headers, body))
    const secrets = [
      PASSWORD,
      SECRET,
      INITIAL,
      VERIFIER,
      code,
      tab.cookie().slice(tab.cookie().indexOf("=") + 1),
      ...Object.values(hiddenOf(page.body)),
      client["client_secret"],
      client["registration_access_token"],
      ...[tokens, next].flatMap((one) => [one["refresh_token"]?.slice(0, 22), one["refresh_token"]?.slice(22)]),
      ...[tokens, next].map((one) => one["access_token"]?.split(".")[2])
    ].map((one) => one ?? "")
    expect(secrets.every((one) => one.length >= 20)).toBe(true)
    // Each of them also where it should not be.
    const answers = await Promise.all(
      secrets.flatMap((secret) => [
        ask(port, `GET /authorize?client_id=${encodeURIComponent(secret)}`),
        ask(port, `GET /authorize?client_id=app&redirect_uri=${encodeURIComponent(secret)}`),
        post(port, "/login", { interaction: secret, csrf: secret }),
        post(port, "/token", { grant_type: secret, client_id: "app" }),
        post(port, "/token", { grant_type: "authorization_code", client_id: secret, code: secret }),
        refresh(port, secret, { scope: secret })
      ])
    )
    await refresh(port, tokens["refresh_token"] ?? "", { scope: "files:read" })
    await redeem(port, code, { code_verifier: "x".repeat(43) })
    expect(running.events).toContainEqual(expect.objectContaining({ event: "refresh-token-replayed" }))
    const files = ["as.sqlite", "as.sqlite-wal"].map((name) => readFileSync(join(running.folder, name), "latin1"))
    const events = running.events.map((event) => eventLine(event, new Date()))
    const said = [...answers.map(({ body: text, head }) => head + text), ...events, ...files, process.title]
    expect(secrets.filter((secret) => said.some((text) => text.includes(secret)))).toEqual([])
    expect(files.join("")).toContain(client["client_id"])
  })
})
