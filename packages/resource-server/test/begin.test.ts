import type { Access, Begun, Head } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import { describe, expect, it } from "vitest"
import { growth } from "../../../tests/growth.ts"
import { call, options, token, tool, VT } from "./fixture.ts"

const json = (value: unknown): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new TextEncoder().encode(JSON.stringify(value)))

const head = (
  bearer: string | undefined,
  changes: Partial<Head> & { readonly headers?: Record<string, string> } = {}
): Head => {
  const headers = new Map(
    Object.entries({
      "content-type": "application/json",
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...changes.headers
    })
  )
  return { method: "POST", target: "/mcp", header: (name) => headers.get(name) ?? null, ...changes }
}

const finish = (begun: Begun | undefined, body: Parameters<Extract<Begun, { _tag: "Pending" }>["finish"]>[0]) => {
  if (begun?._tag !== "Pending") throw new Error(`not pending: ${begun?._tag}`)
  return begun.finish(body)
}

const accessOf = (outcome: ReturnType<typeof finish>): Access => {
  if (outcome._tag !== "Access") throw new Error(`no access: ${outcome._tag}`)
  return outcome
}

describe("begin and finish", () => {
  it("wait for a token once, and judge it from then on without waiting", async () => {
    const guard = createGuard(options)
    expect(guard.begin(head(VT))).toBeUndefined()
    const first = await guard.wait(head(VT))
    expect(finish(first, json(tool("read")))).toMatchObject({ _tag: "Access", subject: "u1" })
    const begun = guard.begin(head(VT))
    expect(begun).toMatchObject({ _tag: "Pending", readsBody: true, maximumBodyBytes: 4_194_304 })
    const access = accessOf(finish(begun, json(tool("read"))))
    expect(access.message).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "read", arguments: {} }
    })
    expect(access.operations).toEqual([{ kind: "tool", name: "read" }])
    expect(access.can({ kind: "tool", name: "write" })).toBe(false)
    expect(finish(guard.begin(head(VT)), json(tool("purge")))).toMatchObject({
      _tag: "Refused",
      answer: { status: 403 },
      rejection: { _tag: "ScopeInsufficient" }
    })
    expect(guard.begin(head(VT, { method: "GET" }))).toMatchObject({ _tag: "Pending", readsBody: false })
    expect(accessOf(finish(guard.begin(head(VT, { method: "GET" })), undefined)).message).toBeUndefined()
  })

  it("answer without waiting what needs no token, or has none", () => {
    const guard = createGuard(options)
    const statusOf = (changes: Parameters<typeof head>[1], bearer?: string) => {
      const begun = guard.begin(head(bearer, changes))
      return begun?._tag === "Finished" ? begun.answer.status : begun?._tag
    }
    expect(statusOf({})).toBe(401)
    expect(statusOf({ headers: { authorization: "Bearer a, Bearer b" } })).toBe(400)
    expect(statusOf({ method: "PUT" })).toBe(405)
    expect(statusOf({ method: "OPTIONS" })).toBe(204)
    const target = "/.well-known/oauth-protected-resource/mcp"
    expect(statusOf({ method: "GET", target })).toBe(200)
    expect(statusOf({ method: "GET", target: `${target}?x=1` })).toBe(200)
    expect(statusOf({ method: "GET", target: `${target}/` })).toBe(404)
    expect(statusOf({ method: "GET", target: "/.well-known/../mcp" })).toBe(404)
    expect(
      statusOf({ method: "GET", target: "http://evil.example.com/.well-known/oauth-protected-resource/mcp" })
    ).toBe(401)
    expect(statusOf({ method: "GET", target: "*" })).toBe(401)
  })

  it("refuse a body that is too long, broken off or absent, whoever was to bound it", async () => {
    const guard = createGuard({ ...options, maximumBodyBytes: 100 })
    await guard.wait(head(VT))
    const refusal = (body: Parameters<typeof finish>[1]) => finish(guard.begin(head(VT)), body)
    expect(refusal("too-large")).toMatchObject({ answer: { status: 413 } })
    expect(refusal(new Uint8Array(101))).toMatchObject({ answer: { status: 413 } })
    expect(refusal("unreadable")).toMatchObject({ answer: { status: 400 }, rejection: { reason: "unreadable" } })
    expect(refusal(undefined)).toMatchObject({ answer: { status: 400 } })
  })

  it("cost no more than grows with what comes, whatever it is", async () => {
    const events: Array<unknown> = []
    const guard = createGuard({ ...options, dpop: {}, onDecision: (event) => void events.push(event) })
    await guard.wait(head(VT))
    const hostile: ReadonlyArray<(size: number) => Partial<Head> & { readonly headers?: Record<string, string> }> = [
      (size) => ({ target: `/${"../".repeat(size)}` }),
      (size) => ({ target: `${"a+".repeat(size)}://`, headers: { authorization: `DPoP ${VT}` } }),
      (size) => ({ target: `/.well-known/${"?#".repeat(size)}` }),
      (size) => ({ headers: { authorization: `Bearer ${" ,".repeat(size)}` } }),
      (size) => ({ headers: { authorization: `${"a=".repeat(size)}"` } })
    ]
    for (const make of hostile) {
      expect(
        await growth(
          2000,
          (size) => head(undefined, make(size)),
          (one) => guard.wait(one)
        )
      ).toBeLessThan(12)
    }
    const named = (size: number) => json(tool("\u0000".repeat(size)))
    const judge = (body: Uint8Array<ArrayBuffer>) => finish(guard.begin(head(VT)), body)
    expect(await growth(2000, named, judge)).toBeLessThan(12)
  })

  it("remember no token where none is to be remembered", async () => {
    const guard = createGuard({ ...options, tokens: { tokenCache: false } })
    await guard.wait(head(VT))
    expect(guard.begin(head(VT))).toBeUndefined()
  })

  it("have nothing of the token in what a handler is given", async () => {
    const guard = createGuard(options)
    const access = accessOf(finish(await guard.wait(head(VT)), json(call("ping"))))
    const [, , signature = ""] = VT.split(".")
    expect(signature.length).toBeGreaterThan(80)
    expect(JSON.stringify(access)).not.toContain(signature)
  })

  it("take no copy of an access for one", async () => {
    const guard = createGuard(options)
    const access = accessOf(finish(await guard.wait(head(VT)), json(call("ping"))))
    expect(guard.outgoing(access)).toMatchObject({ endsAtMillis: access.expiresAt * 1000 })
    expect(() => guard.outgoing({ ...access })).toThrow("the access that the guard gave")
  })

  it("say when a stream has to end, what a list may show and what a page may read", async () => {
    const guard = createGuard({ ...options, filterLists: true })
    const list = accessOf(finish(await guard.wait(head(VT)), json(call("tools/list"))))
    const outgoing = guard.outgoing(list)
    expect(outgoing.headers).toEqual({
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Expose-Headers": "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After"
    })
    const tools = ["read", "write", "purge"].map((name) => ({ name }))
    expect(outgoing.filter?.({ jsonrpc: "2.0", id: 1, result: { tools } })).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: { tools: [{ name: "read" }] }
    })
    const unfiltered = createGuard(options)
    const same = accessOf(finish(await unfiltered.wait(head(VT)), json(call("tools/list"))))
    expect(unfiltered.outgoing(same).filter).toBeUndefined()
    const admin = accessOf(finish(await guard.wait(head(await token({ scope: "admin" }))), json(call("tools/list"))))
    expect(admin.can({ kind: "tool", name: "purge" })).toBe(true)
    expect(guard.outgoing(admin).filter?.({ jsonrpc: "2.0", id: 1, result: { tools } })).toMatchObject({
      result: { tools }
    })
  })
})
