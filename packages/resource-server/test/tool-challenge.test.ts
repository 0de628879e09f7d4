import { expect, it } from "vitest"
import { toolChallengeAnswer } from "../src/tool-challenge.ts"

const CHALLENGE = 'Bearer error="insufficient_scope", scope="a b"'

it("a refused tool call is answered by a result that carries the challenge", () => {
  for (const id of [7, 0, "x", ""]) {
    const answer = toolChallengeAnswer({ jsonrpc: "2.0", id, method: "tools/call" }, CHALLENGE, "Not yet")
    expect(answer?.status).toBe(200)
    expect(answer?.headers).toEqual({ "Content-Type": "application/json", "Cache-Control": "no-store" })
    expect(JSON.parse(answer?.body ?? "")).toEqual({
      jsonrpc: "2.0",
      id,
      result: {
        content: [{ type: "text", text: "Not yet" }],
        isError: true,
        _meta: { "mcp/www_authenticate": ['Bearer error="insufficient_scope", scope="a b"'] }
      }
    })
  }
})

it("what is no single tool call that expects an answer is refused by its status", () => {
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call" }
  const others = [
    { jsonrpc: "2.0", method: "tools/call" },
    { ...call, id: null },
    { ...call, method: "tools/list" },
    { ...call, method: ["tools/call"] },
    [call],
    null,
    undefined,
    "tools/call"
  ]
  for (const other of others) expect(toolChallengeAnswer(other, CHALLENGE, "Not yet")).toBeUndefined()
})
