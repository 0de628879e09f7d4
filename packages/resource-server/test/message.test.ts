import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { growth } from "../../../tests/growth.ts"
import type { Head } from "../src/incoming.ts"
import { parseMessage } from "../src/message.ts"

const utf8 = new TextEncoder()

const headOf = (headers: Readonly<Record<string, string>> = {}): Head => ({
  method: "POST",
  target: "/mcp",
  header: (name) => headers[name] ?? null
})

const parse = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  parseMessage(utf8.encode(typeof body === "string" ? body : JSON.stringify(body)), headOf(headers))

/** The operations of a body, or what it is refused for. */
const read = (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
  const parsed = parse(body, headers)
  if (Result.isSuccess(parsed)) return parsed.success.operations
  return parsed.failure._tag === "HeaderMismatch" ? parsed.failure.header : parsed.failure.reason
}

const call = (method: string, params?: object) => ({ jsonrpc: "2.0", id: 1, method, params })

describe("what a message wants", () => {
  it.each([
    [call("tools/call", { name: "write", arguments: {} }), [{ kind: "tool", name: "write" }]],
    [call("prompts/get", { name: "greet" }), [{ kind: "prompt", name: "greet" }]],
    [call("resources/read", { uri: "notes://a" }), [{ kind: "resource", name: "notes://a" }]],
    [call("resources/subscribe", { uri: "notes://a" }), [{ kind: "resource", name: "notes://a" }]],
    [call("resources/unsubscribe", { uri: "notes://a" }), [{ kind: "resource", name: "notes://a" }]],
    [call("completion/complete", { ref: { type: "ref/prompt", name: "p" } }), [{ kind: "prompt", name: "p" }]],
    [
      call("completion/complete", { ref: { type: "ref/resource", uri: "notes://{id}" } }),
      [{ kind: "resource", name: "notes://{id}" }]
    ],
    [call("completion/complete", {}), [{ kind: "method", name: "completion/complete" }]],
    [
      call("subscriptions/listen", {
        notifications: { toolsListChanged: true, resourceSubscriptions: ["a:b", "c:d"] }
      }),
      [
        { kind: "method", name: "subscriptions/listen" },
        { kind: "resource", name: "a:b" },
        { kind: "resource", name: "c:d" }
      ]
    ],
    [call("subscriptions/listen", { notifications: {} }), [{ kind: "method", name: "subscriptions/listen" }]],
    [call("ping"), [{ kind: "method", name: "ping" }]],
    [call("__proto__"), [{ kind: "method", name: "__proto__" }]],
    [{ jsonrpc: "2.0", method: "notifications/initialized" }, [{ kind: "method", name: "notifications/initialized" }]],
    // A notification is an operation like any other: what has no id is carried out all the same.
    [{ jsonrpc: "2.0", method: "tools/call", params: { name: "write" } }, [{ kind: "tool", name: "write" }]],
    [{ jsonrpc: "2.0", id: "x", result: {} }, [{ kind: "response" }]],
    [{ jsonrpc: "2.0", id: 1, error: { code: -1, message: "no" } }, [{ kind: "response" }]],
    [{ jsonrpc: "2.0", id: null, error: { code: -32_700, message: "no" } }, [{ kind: "response" }]],
    [
      [call("ping"), call("tools/call", { name: "write" })],
      [
        { kind: "method", name: "ping" },
        { kind: "tool", name: "write" }
      ]
    ]
  ])("is read from %j", (body, operations) => {
    expect(read(body)).toEqual(operations)
    const parsed = Result.getOrThrow(parse(body))
    expect(parsed.json).toEqual(JSON.parse(JSON.stringify(body)))
  })

  it("is a value of its own that shares nothing with a prototype", () => {
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"__proto__":{"x":1}}}}'
    expect(JSON.stringify(Result.getOrThrow(parse(body)).json)).toBe(body)
    expect({}).not.toHaveProperty("x")
  })
})

describe("a message", () => {
  it.each([
    "",
    " ",
    "{",
    "\uFEFF{}",
    '{"jsonrpc":"2.0","id":1,"method":"ping"}{}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","n\\u0061me":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"},"params":{"name":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"a":1,"a":2}}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud800"}}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":1e999}}'
  ])("that is no JSON, or none that all read alike, is refused: %s", (body) => {
    expect(read(body)).toBe("json")
  })

  it.each([
    "null",
    "1",
    '"ping"',
    "{}",
    '{"id":1,"method":"ping"}',
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
    '{"jsonrpc":2.0,"id":1,"method":"ping"}',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"method":1}',
    '{"jsonrpc":"2.0","id":1,"method":null}',
    '{"jsonrpc":"2.0","id":null,"method":"ping"}',
    '{"jsonrpc":"2.0","id":true,"method":"ping"}',
    '{"jsonrpc":"2.0","id":{},"method":"ping"}',
    '{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
    '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":null}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","error":{}}',
    '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
    '{"jsonrpc":"2.0","id":1,"result":null}',
    '{"jsonrpc":"2.0","result":{}}',
    '{"jsonrpc":"2.0","id":null,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"error":"no"}',
    '{"jsonrpc":"2.0","id":[],"error":{}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call"}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["purge"]}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["purge"]}',
    '{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"uri":"a:b"}}',
    '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"name":"a"}}',
    '{"jsonrpc":"2.0","id":1,"method":"resources/subscribe"}',
    '{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":null}}',
    '{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","uri":"a:b"}}}',
    '{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","name":"a"}}}',
    '{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/tool","name":"a"}}}',
    '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":[]}}',
    '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":"a:b"}}}',
    '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[1]}}}',
    // Members that a reader which folds case, or which copies by assignment, would take for others.
    '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"},"PARAMS":{"name":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"},"param\u017F":{"name":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","Name":"purge"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"a","tas\u212AId":"b"}}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{"method":"tools/call"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"purge"}}}',
    '{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"a","NAME":"b"}}}',
    '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"ResourceSubscriptions":["a:b"]}}}',
    '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"__proto__":{}}}}',
    "[]",
    "[[]]",
    "[null]",
    "[1]",
    '[{"jsonrpc":"2.0","id":1,"method":"ping"},{}]',
    '[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]'
  ])("that has not the shape of one is refused: %s", (body) => {
    expect(read(body)).toBe("shape")
  })

  it("in which a name stands in another spelling is refused again and again, however many names came before", () => {
    const other = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","NAme":"purge"}}'
    const late = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","nAME":"purge"}}'
    for (let time = 0; time < 2; time++) expect(read(other)).toBe("shape")
    for (let number = 0; number < 200; number++) {
      expect(read(call("tools/call", { name: "read", [`x${number}`]: 1 }))).toHaveLength(1)
    }
    for (const body of [other, late, late]) expect(read(body)).toBe("shape")
  })

  it("in bytes that are no UTF-8 is refused, overlong and of another encoding among them", () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
    const bytes = (...between: ReadonlyArray<number>) =>
      Uint8Array.from([...utf8.encode('{"jsonrpc":"2.0","id":"'), ...between, ...utf8.encode('","method":"ping"}')])
    expect(Result.isSuccess(parseMessage(bytes(0xc3, 0xa9), headOf()))).toBe(true)
    const hostile = [
      bytes(0xff),
      bytes(0xc0, 0xaf),
      bytes(0xed, 0xa0, 0x80),
      bytes(0xf5, 0x80, 0x80, 0x80),
      Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8.encode(text)]),
      Uint8Array.from([0xff, 0xfe, ...utf8.encode(text)].flatMap((unit) => (unit < 0x80 ? [unit, 0] : [unit]))),
      new Uint8Array()
    ]
    for (const one of hostile) {
      const parsed = parseMessage(one, headOf())
      expect(Result.isFailure(parsed) && parsed.failure).toMatchObject({ _tag: "MessageMalformed", reason: "json" })
    }
  })

  it("may nest 128 deep, and 100,000 cost no stack", () => {
    const nested = (depth: number) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":${"[".repeat(depth)}${"]".repeat(depth)}}}`
    expect(read(nested(126))).toEqual([{ kind: "tool", name: "a" }])
    expect(read(nested(127))).toBe("json")
    expect(read(nested(100_000))).toBe("json")
    expect(read('{"a":'.repeat(100_000))).toBe("json")
    expect(read("[".repeat(1_000_000))).toBe("json")
  })

  it("comes in batches of at most 100, until 2025-06-18", () => {
    const batch = (count: number) => Array.from({ length: count }, () => call("ping"))
    expect(read(batch(100))).toHaveLength(100)
    expect(read(batch(101))).toBe("shape")
    expect(read(batch(2), { "mcp-protocol-version": "2025-03-26" })).toHaveLength(2)
    for (const version of ["2025-06-18", "2025-11-25", "2026-07-28", "2027-01-01"]) {
      expect(read(batch(2), { "mcp-protocol-version": version })).toBe("shape")
    }
    const meta = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }
    expect(read([call("ping"), call("tools/list", meta)])).toBe("shape")
  })

  it("subscribes to fewer than 1000 resources at once", () => {
    const listen = (count: number) =>
      call("subscriptions/listen", {
        notifications: { resourceSubscriptions: Array.from({ length: count }, () => "a:b") }
      })
    expect(read(listen(999))).toHaveLength(1000)
    expect(read(listen(1000))).toBe("shape")
    expect(read([listen(600), listen(600)])).toBe("shape")
  })

  it("is answered alike however it is hurt: no bytes make the reader throw", () => {
    const fragment = fc.constantFrom(
      '{"jsonrpc":"2.0",',
      '"id":1',
      '"method":',
      '"tools/call"',
      '"params":{',
      '"name":',
      "[",
      "]",
      "{",
      "}",
      ",",
      "null"
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => utf8.encode(text)),
      fc.array(fragment, { maxLength: 12 }).map((all) => utf8.encode(all.join("")))
    )
    fc.assert(
      fc.property(bytes, fc.dictionary(fc.constantFrom("mcp-method", "mcp-name"), fc.string()), (body, headers) => {
        const parsed = parseMessage(body, headOf(headers))
        if (Result.isFailure(parsed)) expect(["MessageMalformed", "HeaderMismatch"]).toContain(parsed.failure._tag)
        else expect(parsed.success.json).toEqual(JSON.parse(new TextDecoder().decode(body)))
      })
    )
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (params, method) => {
        const parsed = parse({ jsonrpc: "2.0", id: 1, method, params })
        expect(Result.isSuccess(parsed) || parsed.failure._tag === "MessageMalformed").toBe(true)
      })
    )
  })

  it("takes time that grows with its length and not with its square", async () => {
    const members = (count: number) =>
      utf8.encode(
        `{"jsonrpc":"2.0","id":1,"method":"x","params":{${Array.from({ length: count }, (_, index) => `"k${index}":"\\\\"`).join()}}}`
      )
    expect(await growth(300, members, (bytes) => parseMessage(bytes, headOf()))).toBeLessThan(12)
  })
})

describe("headers that repeat the body", () => {
  const write = call("tools/call", { name: "write" })

  it("have to say the same wherever they are present", () => {
    const good = [
      {},
      { "mcp-method": "tools/call" },
      { "mcp-name": "write" },
      { "mcp-method": "tools/call", "mcp-name": "write" },
      { "mcp-name": "=?base64?d3JpdGU=?=" }
    ]
    for (const headers of good) expect(read(write, headers)).toEqual([{ kind: "tool", name: "write" }])
    for (const method of ["tools/list", "Tools/Call", "tools/call, tools/call", "", " tools/call", "ping"]) {
      expect(read(write, { "mcp-method": method })).toBe("Mcp-Method")
    }
    for (const name of ["read", "Write", "write, write", "", "=?base64?cmVhZA==?=", "=?base64?d3JpdGU?="]) {
      expect(read(write, { "mcp-name": name })).toBe("Mcp-Name")
    }
    expect(read({ jsonrpc: "2.0", id: 1, result: {} }, { "mcp-method": "tools/call" })).toBe("Mcp-Method")
    expect(read([call("ping"), write], { "mcp-method": "ping" })).toBe("Mcp-Method")
    expect(read([write, call("tools/call", { name: "purge" })], { "mcp-name": "write" })).toBe("Mcp-Name")
  })

  it("repeat a name, a URI or a task, by the method", () => {
    const cases: ReadonlyArray<[string, object]> = [
      ["prompts/get", { name: "x:1" }],
      ["resources/read", { uri: "x:1" }],
      ["tasks/get", { taskId: "x:1" }],
      ["tasks/update", { taskId: "x:1" }],
      ["tasks/cancel", { taskId: "x:1" }]
    ]
    for (const [method, params] of cases) {
      expect(read(call(method, params), { "mcp-name": "x:1" })).toHaveLength(1)
      expect(read(call(method, params), { "mcp-name": "x:2" })).toBe("Mcp-Name")
    }
    expect(read(call("tools/list"), { "mcp-name": "x" })).toHaveLength(1)
  })

  it("bring in base64 what a header cannot hold", () => {
    const named = (name: string, header: string) => read(call("tools/call", { name }), { "mcp-name": header })
    // The examples of the transports page, and what looks like an encoding and is a name.
    expect(named("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?=")).toHaveLength(1)
    expect(named(" padded ", "=?base64?IHBhZGRlZCA=?=")).toHaveLength(1)
    expect(named("line1\nline2", "=?base64?bGluZTEKbGluZTI=?=")).toHaveLength(1)
    expect(named("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=")).toHaveLength(1)
    expect(named("=?base64?literal?=", "=?base64?literal?=")).toBe("Mcp-Name")
    expect(named("=?BASE64?eA==?=", "=?BASE64?eA==?=")).toHaveLength(1)
    expect(named("=?base64?", "=?base64?")).toHaveLength(1)
    for (const broken of [
      "=?base64?SGVs bG8=?=",
      "=?base64?_-8=?=",
      "=?base64?/w==?=",
      "=?base64?A?=",
      "=?base64?=?="
    ]) {
      expect(named("Hello", broken)).toBe("Mcp-Name")
    }
    expect(named("\u00e9", "\u00e9")).toBe("Mcp-Name")
    expect(named("a\u007f", "a\u007f")).toBe("Mcp-Name")
  })

  it("are needed by requests since 2026-07-28, as the header or the body says", () => {
    const since = { "mcp-protocol-version": "2026-07-28" }
    const meta = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }
    const claimed = call("tools/call", { name: "write", ...meta })
    const both = { "mcp-method": "tools/call", "mcp-name": "write" }
    expect(read(write, since)).toBe("Mcp-Method")
    expect(read(claimed)).toBe("Mcp-Method")
    expect(read(claimed, { "mcp-protocol-version": "2025-06-18" })).toBe("Mcp-Method")
    expect(read(write, { ...since, "mcp-name": "write" })).toBe("Mcp-Method")
    expect(read(write, { ...since, "mcp-method": "tools/call" })).toBe("Mcp-Name")
    expect(read(write, { ...since, ...both })).toEqual([{ kind: "tool", name: "write" }])
    expect(read(claimed, both)).toEqual([{ kind: "tool", name: "write" }])
    expect(read(call("tools/list"), { ...since, "mcp-method": "tools/list" })).toHaveLength(1)
    expect(read(call("tools/list"), { "mcp-protocol-version": "2030-01-01" })).toBe("Mcp-Method")
    expect(read({ jsonrpc: "2.0", method: "notifications/cancelled" }, since)).toHaveLength(1)
    expect(read({ jsonrpc: "2.0", id: 1, result: {} }, since)).toBe("shape")
    for (const version of ["2025-11-25", "draft", "9", ""]) {
      expect(read(write, { "mcp-protocol-version": version })).toHaveLength(1)
    }
  })
})
