import { describe, expect, it } from "vitest"
import { call, opened, post, R, token, VT } from "./fixture.ts"

const ID = { "mcp-session-id": "s1" }

/** A server of a revision with sessions: `initialize` begins one. */
const withSessions = (changes: object = {}, answer = () => Response.json({}, { headers: ID })) =>
  opened(changes, answer)

const end = (bearer: string | undefined, headers: Record<string, string> = ID) =>
  new Request(R, {
    method: "DELETE",
    headers: { ...headers, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) }
  })

describe("a session", () => {
  it("is its owner's alone: the same issuer, subject and client, with any token", async () => {
    const { handle, passed } = withSessions()
    expect((await handle(post(call("ping"), VT, ID))).status).toBe(404)
    expect((await handle(post(call("initialize"), VT))).status).toBe(200)
    expect((await handle(post(call("ping"), VT, ID))).status).toBe(200)
    expect((await handle(post(call("ping"), await token({ jti: "j2" }), ID))).status).toBe(200)
    expect((await handle(new Request(R, { headers: { ...ID, authorization: `Bearer ${VT}` } }))).status).toBe(200)
    passed.length = 0

    for (const changes of [{ sub: "u2" }, { client_id: "c2" }]) {
      const bearer = await token(changes)
      for (const request of [post(call("ping"), bearer, ID), end(bearer)]) {
        const id = request.method === "POST" ? 1 : null
        const response = await handle(request)
        expect(response.status).toBe(404)
        expect(await response.json()).toEqual({
          jsonrpc: "2.0",
          id,
          error: { code: -32_001, message: "There is no such session" }
        })
        expect(response.headers.has("www-authenticate")).toBe(false)
      }
    }
    expect((await handle(post(call("ping"), VT, { "mcp-session-id": "s2" }))).status).toBe(404)
    expect((await handle(post(call("ping"), undefined, ID))).status).toBe(401)
    expect(passed).toEqual([])
    expect((await handle(post(call("ping"), VT, ID))).status).toBe(200)
  })

  it("ends when its owner ends it and the server says that it did", async () => {
    const answers = [200, 405, 204]
    const { handle } = withSessions({}, () => new Response(null, { status: answers.shift() ?? 200, headers: ID }))
    expect((await handle(post(call("initialize"), VT))).status).toBe(200)
    expect((await handle(end(VT))).status).toBe(405)
    expect((await handle(end(VT))).status).toBe(204)
    expect((await handle(post(call("ping"), VT, ID))).status).toBe(404)
  })

  it("begins with the answer to initialize and with no other", async () => {
    const { handle } = withSessions()
    expect((await handle(post(call("ping"), VT))).status).toBe(200)
    expect((await handle(post([call("initialize"), call("ping")], VT))).status).toBe(200)
    expect((await handle(post(call("ping"), VT, ID))).status).toBe(404)
    const failing = withSessions({}, () => Response.json({}, { status: 400, headers: ID }))
    expect((await failing.handle(post(call("initialize"), VT))).status).toBe(400)
    expect((await failing.handle(post(call("ping"), VT, ID))).status).toBe(404)
  })

  it("is not asked for where none is named", async () => {
    const { handle } = opened()
    expect((await handle(post(call("ping"), VT))).status).toBe(200)
    expect((await handle(end(VT, {}))).status).toBe(200)
  })

  it("of a caller without a token becomes that of the first owner who comes", async () => {
    const { handle } = withSessions({ publicOperations: { methods: ["initialize", "tools/list"] } })
    expect((await handle(post(call("initialize")))).status).toBe(200)
    expect((await handle(post(call("tools/list"), undefined, ID))).status).toBe(200)
    expect((await handle(post(call("tools/list"), undefined, { "mcp-session-id": "s2" }))).status).toBe(404)
    expect((await handle(post(call("ping"), VT, ID))).status).toBe(200)
    expect((await handle(post(call("tools/list"), undefined, ID))).status).toBe(404)
    expect((await handle(post(call("ping"), await token({ sub: "u2" }), ID))).status).toBe(404)
  })

  it("may be kept elsewhere", async () => {
    const told: Array<unknown> = []
    const sessions = {
      start: (...said: ReadonlyArray<unknown>) => void told.push(["start", ...said]),
      accepts: (...said: ReadonlyArray<unknown>) => told.push(["accepts", ...said]) > 0,
      end: (...said: ReadonlyArray<unknown>) => void told.push(["end", ...said])
    }
    const { handle } = withSessions({ sessions })
    const owner = { issuer: "https://as.example.com", subject: "u1", clientId: "c1" }
    await handle(post(call("initialize"), VT))
    await handle(post(call("ping"), VT, ID))
    await handle(end(VT))
    expect(told).toEqual([
      ["start", "s1", owner],
      ["accepts", "s1", owner],
      ["accepts", "s1", owner],
      ["end", "s1"]
    ])
    expect(() => opened({ sessions: {} as never })).toThrow(expect.objectContaining({ key: "sessions" }))
  })
})
