import type { Answer } from "./incoming.ts"
import { isObject } from "./json-object.ts"

/**
 * A refusal as the result of a tool, for hosts that read the challenge there and not from a status (OpenAI Apps SDK,
 * Authentication): `_meta["mcp/www_authenticate"]` is a list of `WWW-Authenticate` values. Only for a single `tools/call` that
 * expects an answer; `undefined` for anything else, which is refused by its status.
 */
export const toolChallengeAnswer = (message: unknown, challenge: string, text: string): Answer | undefined => {
  if (!isObject(message) || message["method"] !== "tools/call") return undefined
  const { id } = message
  if (typeof id !== "string" && typeof id !== "number") return undefined
  const result = {
    content: [{ type: "text", text }],
    isError: true,
    _meta: { "mcp/www_authenticate": [challenge] }
  }
  return {
    status: 200,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
    body: JSON.stringify({ jsonrpc: "2.0", id, result })
  }
}
