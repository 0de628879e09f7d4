import { createGuard } from "@postern/resource-server/promise"
import type { Access, PublicAccess } from "@postern/resource-server"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  call,
  CHALLENGE,
  challengeOf,
  invalidToken,
  now,
  opened,
  options,
  post,
  R,
  token,
  tool,
  VT
} from "./fixture.ts"

const publicOperations = { methods: ["initialize", "tools/list"], tools: ["about"] }
const open = (changes: object = {}) => opened({ publicOperations, ...changes })

describe("public operations", () => {
  it("pass without a token, and nothing else does", async () => {
    const { handle, passed } = open()
    for (const message of [
      call("initialize"),
      call("tools/list"),
      tool("about"),
      [call("tools/list"), tool("about")]
    ]) {
      expect((await handle(post(message))).status).toBe(200)
    }
    expect(passed.map(({ access }) => access._tag)).toEqual(Array.from({ length: 4 }, () => "PublicAccess"))
    expect(passed[2]?.access.message).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "about", arguments: {} }
    })
    expect(passed[2]?.body).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"about","arguments":{}}}'
    )
    expect(passed[2]?.access.can({ kind: "tool", name: "about" })).toBe(true)
    expect(passed[2]?.access.can({ kind: "tool", name: "read" })).toBe(false)
    passed.length = 0

    const closed = [
      tool("read"),
      tool("unknown"),
      tool("About"),
      call("ping"),
      [tool("about"), tool("read")],
      [],
      { jsonrpc: "2.0", id: 1, result: {} },
      "{",
      '{"method":"tools/list","method":"tools/call"}'
    ]
    for (const message of closed) {
      const response = await handle(post(message))
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toBe(CHALLENGE)
      expect(await response.json()).toEqual({})
    }
    for (const method of ["GET", "DELETE", "HEAD"]) {
      expect((await handle(new Request(R, { method }))).status).toBe(401)
    }
    const headers = { "mcp-method": "tools/list" }
    expect((await handle(post(tool("read"), undefined, headers))).status).toBe(401)
    expect((await handle(post(tool("about"), undefined, { "content-type": "text/plain" }))).status).toBe(401)
    expect(passed).toEqual([])
  })

  it("never pass with a token that is not good", async () => {
    const { handle, passed } = open()
    const response = await handle(post(tool("about"), await token({ exp: now - 60 })))
    expect(response.status).toBe(401)
    expect(challengeOf(response)).toBe(invalidToken("The access token has expired"))
    expect((await handle(post(tool("about"), "x"))).status).toBe(401)
    expect((await handle(post(tool("about"), "a, Bearer b"))).status).toBe(400)
    expect(passed).toEqual([])
  })

  it("pass with a good token as what that token says, whatever its scopes", async () => {
    const { handle, passed } = open()
    expect((await handle(post(tool("about"), await token({ scope: "other" })))).status).toBe(200)
    expect(passed[0]?.access).toMatchObject({ _tag: "Access", subject: "u1" })
    const refused = await handle(post([tool("about"), tool("write")], VT))
    expect(refused.status).toBe(403)
    expect(challengeOf(refused)).toContain('scope="files:read files:write"')
  })

  it("cost a stranger's body of 64 KiB at most, and none where nothing is public", async () => {
    const counted = (kibibytes: number, headers: Record<string, string> = {}) => {
      const read = { bytes: 0 }
      const body = new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            if (read.bytes >= kibibytes * 1024) return controller.close()
            read.bytes += 8192
            controller.enqueue(new Uint8Array(8192).fill(0x20))
          }
        },
        { highWaterMark: 0 }
      )
      const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json", ...headers } }
      return { read, request: new Request(R, init) }
    }
    const large = counted(10_240)
    expect((await open().handle(large.request)).status).toBe(401)
    expect(large.read.bytes).toBeLessThanOrEqual(65_536 + 8192)
    const announced = counted(10_240, { "content-length": "10485760" })
    expect((await open().handle(announced.request)).status).toBe(401)
    expect(announced.read.bytes).toBe(0)
    for (const request of [counted(8).request, counted(8, { authorization: "Bearer x" }).request]) {
      expect((await opened().handle(request)).status).toBe(401)
      expect(request.bodyUsed).toBe(false)
    }
    const padded = `${" ".repeat(65_000)}${JSON.stringify(tool("about"))}`
    expect((await open().handle(post(padded))).status).toBe(200)
    expect((await open({ maximumBodyBytes: 1000 }).handle(post(padded))).status).toBe(401)
  })

  it("stand in the type of what the handler gets", () => {
    const closed = createGuard(options)
    const guard = createGuard({ ...options, publicOperations })
    type AccessOf<G extends { handle: (request: Request, next: never) => unknown }> = Parameters<
      G["handle"]
    >[1] extends (request: Request, access: infer A) => unknown
      ? A
      : never
    expectTypeOf<AccessOf<typeof closed>>().toEqualTypeOf<Access>()
    expectTypeOf<AccessOf<typeof guard>>().toEqualTypeOf<Access | PublicAccess>()
  })
})
