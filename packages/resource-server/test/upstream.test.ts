import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { opened, post, token, tool, VT } from "./fixture.ts"

/** Every text that can be reached from a value by the names of its members, hidden ones and those of its kind among them. */
const textsIn = (value: unknown, seen = new Set<unknown>()): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return []
  seen.add(value)
  const entries = value instanceof Set || value instanceof Map ? [...value] : []
  const members = Reflect.ownKeys(value).flatMap((name) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, name)
    return descriptor !== undefined && "value" in descriptor ? [name, descriptor.value as unknown] : [name]
  })
  return [...entries, ...members, Object.getPrototypeOf(value)].flatMap((one) => textsIn(one, seen))
}

// The MCP server "MUST NOT pass through the token it received from the MCP client" (MCP authorization, section Access Token
// Privilege Restriction). Whether a handler does is up to it; the guard's part is that nothing that it hands over as facts has
// the token in it. Only the request has, since handlers such as the SDK's own gate read it: who copies that request's headers
// copies the token.
describe("what a handler has for a request to another service", () => {
  it("[AUD-18] holds no token, nor a part that would be one, in anything that the guard found out", async () => {
    const bearers = [VT, await token({ jti: "j2", email: "a@example.com" })]
    for (const bearer of bearers) {
      const { handle, passed } = opened()
      expect((await handle(post(tool("read"), bearer))).status).toBe(200)
      const access = passed[0]?.access
      if (access?._tag !== "Access") throw new Error("nothing passed")
      const upstream = new Request("https://api.example.com/notes", {
        method: "POST",
        headers: { "x-user": access.subject, "x-facts": JSON.stringify(access.token.claims) },
        body: JSON.stringify(access)
      })
      const sent = [upstream.url, ...[...upstream.headers].flat(), await upstream.text(), inspect(access, { depth: 9 })]
      const all = [...sent, ...textsIn(access)]
      expect(all.join("\n")).toContain("u1")
      // The claims are no secret once they are read; what makes them a token is the signature over these very bytes.
      for (const part of [bearer, ...bearer.split(".")]) {
        for (const text of all) expect(text).not.toContain(part)
      }
    }
  })

  it("[AUD-18] is found by this test where the token is in it", () => {
    class Facts {
      readonly facts = { subject: "u1" }
    }
    const facts = new Facts()
    Object.defineProperty(facts.facts, "token", { value: "e.y.J", enumerable: false })
    expect(textsIn(facts)).toContain("e.y.J")
    expect(textsIn(new Set([{ [Symbol("token")]: "e.y.J" }]))).toContain("e.y.J")
  })
})
