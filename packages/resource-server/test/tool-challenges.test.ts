import { describe, expect, it } from "vitest"
import {
  call,
  CHALLENGE,
  challengeOf,
  insufficientScope,
  invalidToken,
  METADATA,
  now,
  opened,
  post,
  R,
  token,
  tool,
  VT
} from "./fixture.ts"

const resulting = (changes: object = {}) => opened({ toolChallenges: "result", ...changes })

const resultOf = (challenge: string, text: string) => ({
  jsonrpc: "2.0",
  id: 1,
  result: { content: [{ type: "text", text }], isError: true, _meta: { "mcp/www_authenticate": [challenge] } }
})

describe("a challenge in the result of a tool call", () => {
  it("says what the header would have said, and the handler is not called", async () => {
    const { handle, passed } = resulting()
    const expired = await token({ exp: now - 60 })
    const cases = [
      [post(tool("read")), CHALLENGE, "An access token is needed"],
      [post(tool("read"), expired), invalidToken("The access token has expired"), "The access token has expired"],
      [
        post(tool("purge"), VT),
        insufficientScope("files:read admin"),
        "The access token lacks scopes that the operation needs"
      ]
    ] as const
    for (const [request, challenge, text] of cases) {
      const response = await handle(request)
      expect(response.status).toBe(200)
      expect(response.headers.get("content-type")).toBe("application/json")
      expect(response.headers.get("cache-control")).toBe("no-store")
      expect(response.headers.get("access-control-allow-origin")).toBe("*")
      expect(challengeOf(response)).toBeNull()
      expect(await response.json()).toEqual(resultOf(challenge, text))
    }
    expect(passed).toEqual([])
    expect((await handle(post(tool("read"), VT))).status).toBe(200)
    expect(passed).toHaveLength(1)
  })

  it("is given for nothing but a tool call with an id, and for no other refusal", async () => {
    const { handle, passed } = resulting()
    const { id: _, ...notification } = tool("read")
    for (const message of [call("ping"), [tool("read")], notification, "{", { ...tool("read"), id: null }]) {
      const response = await handle(post(message))
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toBe(CHALLENGE)
    }
    expect((await handle(new Request(R))).status).toBe(401)
    expect((await handle(post(" ".repeat(70_000) + JSON.stringify(tool("read"))))).status).toBe(401)
    expect((await handle(post(tool("read"), "a, Bearer b"))).status).toBe(400)
    expect((await handle(post(tool("unknown"), VT))).status).toBe(403)
    expect((await handle(post(tool("read"), VT, { "mcp-session-id": "x" }))).status).toBe(404)
    expect(passed).toEqual([])
  })

  it("can be for some hosts alone", async () => {
    const { handle } = resulting({
      toolChallenges: ({ header }: { header: (name: string) => string | null }) =>
        header("user-agent") === "host/1" ? "result" : "status"
    })
    expect((await handle(post(tool("read"), undefined, { "user-agent": "host/1" }))).status).toBe(200)
    expect((await handle(post(tool("read"), undefined, { "user-agent": "host/2" }))).status).toBe(401)
    expect((await handle(post(tool("purge"), VT, { "user-agent": "host/1" }))).status).toBe(200)
    expect((await handle(post(tool("purge"), VT))).status).toBe(403)
    expect((await opened().handle(post(tool("read")))).status).toBe(401)
  })

  it("names no scope where none can be asked for", async () => {
    const { handle } = resulting({ closedToStepUp: ["admin"] })
    const text = "The operation needs scopes that no client can ask for: only an administrator grants them"
    const challenge = `Bearer error="insufficient_scope", error_description="${text}", resource_metadata="${METADATA}"`
    expect(await (await handle(post(tool("purge"), VT))).json()).toEqual(resultOf(challenge, text))
  })
})

it("a token without the proof that is asked of all is refused in the form that the host reads", async () => {
  const { handle, passed } = opened({ toolChallenges: "result", dpop: { required: true } })
  const response = await handle(post(tool("read"), VT))
  expect(response.status).toBe(200)
  expect(JSON.stringify(await response.json())).toContain('error=\\"invalid_token\\"')
  expect(passed).toEqual([])
})
