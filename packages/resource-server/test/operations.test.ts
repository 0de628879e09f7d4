import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { call, challengeOf, guarded, insufficientScope, METADATA, post, R, token, tool, VT } from "./fixture.ts"

const statusOf = async (message: unknown, scope: string, changes: Parameters<typeof guarded>[0] = {}) =>
  (await guarded(changes).handle(post(message, await token({ scope })))).status

describe("scopes", () => {
  it("[SCP-01] [RS10] of an operation are named by the refusal", async () => {
    const { handle, passed } = guarded()
    const response = await handle(post(tool("write"), VT))
    expect(response.status).toBe(403)
    expect(challengeOf(response)).toBe(insufficientScope("files:read files:write"))
    expect(await response.json()).toEqual({
      error: "insufficient_scope",
      error_description: "The access token lacks scopes that the operation needs"
    })
    expect(passed).toEqual([])
    expect(challengeOf(await handle(post(tool("purge"), VT)))).toBe(insufficientScope("files:read admin"))
    const alone = await guarded({ operations: { tools: { write: ["files:write"] } } }).handle(post(tool("write"), VT))
    expect(challengeOf(alone)).toContain('scope="files:write"')
  })

  it("[SCP-04] [RS11] of a higher rank open what needs a lower one, and not the reverse", async () => {
    expect(await statusOf(call("resources/read", { uri: "file:///x" }), "admin")).toBe(200)
    expect(await statusOf(tool("write"), "admin")).toBe(200)
    expect(await statusOf(tool("write"), "files:write")).toBe(200)
    const response = await guarded().handle(post(tool("purge"), VT))
    expect(response.status).toBe(403)
    expect(challengeOf(response)).toBe(insufficientScope("files:read admin"))
    expect(await statusOf(tool("write"), "admin", { hierarchy: {} })).toBe(403)
  })

  it("[SCP-06] are no patterns", async () => {
    for (const scope of ["files:*", "*", "files", "FILES:READ", "files:read2"]) {
      expect(await statusOf(call("resources/read", { uri: "file:///x" }), scope, { hierarchy: {} })).toBe(403)
    }
  })

  it("[SCP-07] that an operation needs are named all in one challenge", async () => {
    const operations = { tools: { three: ["a", "b", "c"] } }
    const response = await guarded({ operations }).handle(post(tool("three"), await token({ scope: "a" })))
    expect(response.status).toBe(403)
    expect(challengeOf(response)).toBe(insufficientScope("a b c"))
    expect(await statusOf(tool("three"), "a b c", { operations })).toBe(200)
  })
})

describe("operations", () => {
  it("that name nothing need the default scopes, and so do those that a rule names", async () => {
    for (const message of [call("ping"), call("tools/list"), tool("read"), call("prompts/get", { name: "greet" })]) {
      expect(await statusOf(message, "files:read")).toBe(200)
      expect(await statusOf(message, "other")).toBe(403)
    }
    expect(await statusOf({ jsonrpc: "2.0", id: 1, result: {} }, "files:read")).toBe(200)
    expect(await statusOf({ jsonrpc: "2.0", id: 1, result: {} }, "other")).toBe(403)
  })

  it("that no rule names are refused, and no scope is asked for", async () => {
    const named = { methods: { ping: ["files:read"] }, tools: { write: ["files:write"] } }
    const cases = [
      [
        { operations: named },
        [call("tools/list"), tool("other"), tool("__proto__"), call("toString"), call("__proto__")]
      ],
      [{}, [tool("unknown"), call("resources/read", { uri: "other:x" }), call("prompts/get", { name: "x" })]],
      [{}, [call("invented/method"), [tool("read"), tool("unknown")]]]
    ] as const
    for (const [changes, messages] of cases) {
      for (const message of messages) {
        const response = await guarded(changes).handle(post(message, await token({ scope: "admin" })))
        expect(response.status).toBe(403)
        expect(challengeOf(response)).toBeNull()
        expect(await response.json()).toEqual({
          error: "access_denied",
          error_description: "No rule allows the operation"
        })
      }
    }
    const operations = named
    expect(await statusOf(call("ping"), "files:read", { operations })).toBe(200)
    expect(await statusOf(tool("ping"), "files:read", { operations })).toBe(403)
    expect(await statusOf(call("write"), "admin", { operations })).toBe(403)
  })

  it("need scopes by the resource that they name", async () => {
    const read = (uri: string) => call("resources/read", { uri })
    expect(await statusOf(read("file:///notes"), "files:read")).toBe(200)
    const response = await guarded().handle(post(read("file:///secret"), VT))
    expect(response.status).toBe(403)
    expect(challengeOf(response)).toBe(insufficientScope("files:read admin"))
  })

  it("that need a scope that no client may step up to are refused without a list of scopes", async () => {
    const { handle } = guarded({ closedToStepUp: ["admin"] })
    const description = "The operation needs scopes that no client can ask for: only an administrator grants them"
    for (const message of [tool("purge"), [tool("purge"), tool("write")]]) {
      const response = await handle(post(message, VT))
      expect(response.status).toBe(403)
      expect(challengeOf(response)).toBe(
        `Bearer error="insufficient_scope", error_description="${description}", resource_metadata="${METADATA}"`
      )
      expect(await response.json()).toEqual({ error: "insufficient_scope", error_description: description })
    }
    expect(challengeOf(await handle(post(tool("write"), VT)))).toBe(insufficientScope("files:read files:write"))
    expect((await handle(post(tool("purge"), await token({ scope: "admin" })))).status).toBe(200)
  })

  it("in a batch need the scopes of all its messages", async () => {
    const batch = [call("ping"), tool("write"), tool("three")]
    expect(await statusOf(batch, "files:read a b c")).toBe(403)
    expect(await statusOf(batch, "files:write a b c")).toBe(200)
    const response = await guarded().handle(post(batch, VT))
    expect(challengeOf(response)).toBe(insufficientScope("files:read files:write a b c"))
  })

  it("without a body need the default scopes", async () => {
    for (const method of ["GET", "DELETE", "HEAD"]) {
      const request = async (scope: string) =>
        new Request(R, { method, headers: { authorization: `Bearer ${await token({ scope })}` } })
      expect((await guarded().handle(await request("files:read"))).status).toBe(200)
      expect((await guarded().handle(await request("other"))).status).toBe(403)
      const operations = { methods: { ping: ["other"] } }
      const unnamed = await guarded({ operations }).handle(await request("other"))
      expect([unnamed.status, challengeOf(unnamed)]).toEqual([403, null])
    }
  })
})

describe("the message", () => {
  it("that was judged is the one that the handler gets, byte for byte", async () => {
    const { handle, passed } = guarded()
    const text = `{ "jsonrpc": "2.0",\n "id": 1, "method": "ping", "params": {"é": "\\u00e9"} }`
    await handle(post(text, VT, { "x-other": "kept" }))
    const [access] = passed
    expect(access?.body).toBe(text)
    expect(access?.message).toEqual({ jsonrpc: "2.0", id: 1, method: "ping", params: { é: "é" } })
    expect(access?.request.headers.get("x-other")).toBe("kept")
    expect(access?.request.url).toBe("https://mcp.example.com/mcp")
  })

  it("is refused with 400 where two readers would read two, or none", async () => {
    const { handle, passed } = guarded()
    const bodies = [
      "",
      "{",
      "\uFEFF{}",
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"purge"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"purge"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","n\\u0061me":"purge"}}'
    ]
    const others: ReadonlyArray<string> = [
      "null",
      "1",
      '"ping"',
      "[]",
      "[[]]",
      "[null]",
      "{}",
      '{"method":1}',
      '{"method":null}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["purge"]}'
    ]
    for (const body of [...bodies, ...others]) {
      const response = await handle(post(body, VT))
      expect(response.status, body).toBe(400)
      expect(await response.json(), body).toEqual({
        jsonrpc: "2.0",
        // The id of the message, where there is one.
        id: others.includes(body) && body.includes('"id":1') ? 1 : null,
        error: { code: others.includes(body) ? -32_600 : -32_700, message: "The body is not a JSON-RPC message" }
      })
    }
    const broken = new Request(R, {
      method: "POST",
      headers: { authorization: `Bearer ${VT}`, "content-type": "application/json" },
      body: Uint8Array.from(JSON.stringify(call("ping", { x: "\u00ff" })), (letter) => letter.charCodeAt(0))
    })
    expect((await handle(broken)).status).toBe(400)
    expect(passed).toEqual([])
  })

  it("is refused with 400 where a header names another operation", async () => {
    const { handle } = guarded()
    const status = async (message: unknown, headers: Record<string, string>) =>
      (await handle(post(message, VT, headers))).status
    expect(await status(call("ping"), { "mcp-method": "ping" })).toBe(200)
    expect(await status(tool("read"), { "mcp-method": "tools/call", "mcp-name": "read" })).toBe(200)
    expect(await status(tool("é"), { "mcp-name": "=?base64?w6k=?=" })).toBe(403)
    expect(await status(tool("é"), { "mcp-name": "=?base64?w6o=?=" })).toBe(400)
    expect(await status(call("resources/read", { uri: "file:///a" }), { "mcp-name": "file:///a" })).toBe(200)
    expect(await status(call("ping"), { "mcp-method": "PING" })).toBe(400)
    expect(await status(tool("read"), { "mcp-method": "tools/list" })).toBe(400)
    expect(await status(tool("read"), { "mcp-name": "purge" })).toBe(400)
    expect(await status(tool("read"), { "mcp-name": "=?base64?!!?=" })).toBe(400)
    expect(await status(call("prompts/get"), { "mcp-name": "x" })).toBe(400)
    const response = await handle(post(tool("read"), VT, { "mcp-name": "purge" }))
    expect(await response.json()).toEqual({
      jsonrpc: "2.0",
      id: 1,
      error: { code: -32_020, message: "A header names another operation than the body" }
    })
  })

  it("is refused with 415 when it is not said to be JSON", async () => {
    const { handle, passed } = guarded()
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonx",
      "multipart/form-data"
    ]) {
      expect((await handle(post(call("ping"), VT, { "content-type": type }))).status).toBe(415)
    }
    expect((await handle(post(call("ping"), VT, { "content-type": "Application/JSON; charset=utf-8" }))).status).toBe(
      200
    )
    expect(passed).toHaveLength(1)
  })

  it("never makes the guard die", async () => {
    const { handle } = guarded()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
        expect([200, 400, 403]).toContain((await handle(post(body, VT))).status)
      })
    )
  })
})

describe("the body", () => {
  // Counts the bytes that were asked for; a stream that is not read gives none.
  const counted = (megabytes: number, bearer?: string, headers: Record<string, string> = {}) => {
    const read = { bytes: 0 }
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (read.bytes >= megabytes * 1_000_000) return controller.close()
          read.bytes += 100_000
          controller.enqueue(new Uint8Array(100_000).fill(0x20))
        }
      },
      { highWaterMark: 0 }
    )
    const authorization: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
    const init = {
      method: "POST",
      body,
      duplex: "half",
      headers: { "content-type": "application/json", ...authorization, ...headers }
    }
    return { read, request: new Request(R, init) }
  }

  it("[BRR-12] [RS4] is not read before the token is known to be good, and never beyond its limit", async () => {
    const { handle, passed } = guarded()
    const malformed = await handle(post("{", VT))
    expect(malformed.status).toBe(400)
    expect((await handle(post("{"))).status).toBe(401)
    for (const bearer of [undefined, "x", await token({ aud: "https://other.example.com" })]) {
      const { read, request } = counted(10, bearer)
      expect((await handle(request)).status).toBe(401)
      expect(read.bytes).toBe(0)
    }
    const { read, request } = counted(10, VT)
    const response = await handle(request)
    expect(response.status).toBe(413)
    expect(read.bytes).toBeLessThanOrEqual(4_194_304 + 100_000)
    const announced = counted(10, VT, { "content-length": "10000000" })
    expect((await handle(announced.request)).status).toBe(413)
    expect(announced.read.bytes).toBe(0)
    expect(passed).toEqual([])
  })

  it("is bounded by the limit that is configured", async () => {
    const body = JSON.stringify(call("ping"))
    expect((await guarded({ maximumBodyBytes: body.length }).handle(post(body, VT))).status).toBe(200)
    expect((await guarded({ maximumBodyBytes: body.length - 1 }).handle(post(body, VT))).status).toBe(413)
  })

  it("that breaks off is refused with 400", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) })
    const headers = { authorization: `Bearer ${VT}`, "content-type": "application/json" }
    const request = new Request(R, { method: "POST", body, duplex: "half", headers } as RequestInit)
    expect((await guarded().handle(request)).status).toBe(400)
  })

  it("that something else has read is a mistake of ours: 500", async () => {
    const request = post(call("ping"), VT)
    await request.text()
    expect((await guarded().handle(request)).status).toBe(500)
  })
})
