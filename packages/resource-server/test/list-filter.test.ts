import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { listFilter } from "../src/list-filter.ts"
import { opened, R, VT } from "./fixture.ts"

type Can = Parameters<typeof listFilter>[1]

/** May use what has "open" in its name. */
const open: Can = (operation) => "name" in operation && operation.name.includes("open")

const request = (method: string, id: number | string = 1) => ({ jsonrpc: "2.0", id, method })
const answer = (result: object, id: number | string = 1) => ({ jsonrpc: "2.0", id, result })

describe("the answer to a list", () => {
  it.each([
    ["tools/list", "tools", "name"],
    ["prompts/list", "prompts", "name"],
    ["resources/list", "resources", "uri"],
    ["resources/templates/list", "resourceTemplates", "uriTemplate"]
  ])("of %s keeps what the caller may use, and everything beside the list", (method, member, name) => {
    const filter = listFilter(request(method), open)
    const items = [
      { [name]: "a:open", title: "kept", _meta: { x: 1 } },
      { [name]: "a:closed", other: "open" },
      { title: "open" },
      { [name]: 1 },
      null,
      "open"
    ]
    const given = answer({ [member]: items, nextCursor: "c", _meta: { y: 2 } })
    expect(filter?.(given)).toEqual(answer({ [member]: [items[0]], nextCursor: "c", _meta: { y: 2 } }))
    expect(given.result).toHaveProperty(member, items)
  })

  it("asks for each item as the operation that it would be", () => {
    const asked: Array<unknown> = []
    const filter = (method: string) => listFilter(request(method), (operation) => asked.push(operation) > 0)
    filter("tools/list")?.(answer({ tools: [{ name: "t" }] }))
    filter("prompts/list")?.(answer({ prompts: [{ name: "p" }] }))
    filter("resources/list")?.(answer({ resources: [{ name: "r", uri: "a:r" }] }))
    filter("resources/templates/list")?.(answer({ resourceTemplates: [{ name: "r", uriTemplate: "a:{r}" }] }))
    expect(asked).toEqual([
      { kind: "tool", name: "t" },
      { kind: "prompt", name: "p" },
      { kind: "resource", name: "a:r" },
      { kind: "resource", name: "a:{r}" }
    ])
  })

  it("is left alone when it is an error, a notification, a request or of another shape", () => {
    const filter = listFilter(request("tools/list"), open)
    const others = [
      { jsonrpc: "2.0", id: 1, error: { code: -1, message: "no", data: { tools: [{ name: "x" }] } } },
      { jsonrpc: "2.0", method: "notifications/message", params: { tools: [{ name: "x" }] } },
      answer({ prompts: [{ name: "x" }] }),
      answer({ tools: "none" }),
      answer([]),
      null,
      "text",
      7
    ]
    for (const other of others) expect(filter?.(other)).toEqual(other)
  })

  it("is filtered whatever id it comes with, since there is one answer to one message", () => {
    const filter = listFilter(request("tools/list"), open)
    expect(filter?.(answer({ tools: [{ name: "x" }] }, "1"))).toEqual(answer({ tools: [] }, "1"))
  })

  it("in a batch is told by its id, and by every list that was asked for with that id", () => {
    const filter = listFilter([request("tools/list", 1), request("tools/call", 2), request("prompts/list", "1")], open)
    const tools = { tools: [{ name: "x" }, { name: "open" }] }
    const prompts = { prompts: [{ name: "x" }] }
    expect(filter?.([answer(tools, 1), answer(tools, 2), answer(prompts, "1")])).toEqual([
      answer({ tools: [{ name: "open" }] }, 1),
      answer(tools, 2),
      answer({ prompts: [] }, "1")
    ])
    expect(filter?.(answer(tools, 1))).toEqual(answer({ tools: [{ name: "open" }] }, 1))
    const twice = listFilter([request("tools/list", 1), request("prompts/list", 1)], open)
    expect(twice?.([answer(tools, 1), answer(prompts, 1)])).toEqual([
      answer({ tools: [{ name: "open" }] }, 1),
      answer({ prompts: [] }, 1)
    ])
  })
})

describe("a message that asks for no list", () => {
  it("has no filter", () => {
    for (const message of [request("tools/call"), request("__proto__"), [], [request("ping")], null, undefined, "x"]) {
      expect(listFilter(message, open)).toBeUndefined()
    }
  })
})

it("never throws, whatever a server answers", () => {
  const filter = listFilter([request("tools/list"), request("prompts/list", 2)], open)
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      filter?.(value)
      filter?.(answer({ tools: value }))
      listFilter(value, open)
    })
  )
})

describe("a stream that is taken up again", () => {
  const list = JSON.stringify({ jsonrpc: "2.0", id: 7, result: { tools: [{ name: "read" }, { name: "purge" }] } })

  it("shows of an old list what the caller may use now", async () => {
    const { handle } = opened(
      { filterLists: true },
      () => new Response(`id: 3\ndata: ${list}\n\n`, { headers: { "content-type": "text/event-stream" } })
    )
    const headers = { authorization: `Bearer ${VT}`, accept: "text/event-stream", "last-event-id": "2" }
    const text = await (await handle(new Request(R, { headers }))).text()
    expect(text).toContain('"tools":[{"name":"read"}]')
    expect(text).not.toContain("purge")
  })
})
