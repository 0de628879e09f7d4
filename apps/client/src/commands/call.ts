import type { Outcome } from "../output.ts"
import { PATIENCE, type Session } from "../session.ts"

/** Calls a tool; `failed` is the tool's own word. */
export const call = (
  session: Session,
  tool: string,
  parameters: Readonly<Record<string, unknown>>
): Promise<Outcome & { readonly failed: boolean }> =>
  session.withServer(async (mcp) => {
    const result = await mcp.callTool({ name: tool, arguments: { ...parameters } }, PATIENCE)
    return {
      failed: result.isError === true,
      json: result,
      lines: result.content.map((part) => (part.type === "text" ? part.text : JSON.stringify(part)))
    }
  })
