import type { Outcome } from "../output.ts"
import { PATIENCE, type Session } from "../session.ts"

/** Lists the tools. */
export const tools = (session: Session): Promise<Outcome> =>
  session.withServer(async (mcp) => {
    const { tools } = await mcp.listTools(undefined, PATIENCE)
    return {
      json: { tools },
      lines: tools.map(({ description, name }) => (description === undefined ? name : `${name}: ${description}`))
    }
  })
