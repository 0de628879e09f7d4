import * as Result from "effect/Result"
import { endOf, heldLogin } from "../held-login.ts"
import { type Outcome, table } from "../output.ts"
import { PATIENCE, type Session } from "../session.ts"

/** Logs in where that is needed, or where a scope is asked for that is not held, and says what was found. */
export const connect = async (session: Session, scope: ReadonlyArray<string>): Promise<Outcome> => {
  const server = await session.withServer(async (mcp) => {
    const { tools } = await mcp.listTools(undefined, PATIENCE)
    const { name, version } = mcp.getServerVersion() ?? { name: "an MCP server", version: "" }
    return { name, version, protocolVersion: mcp.getNegotiatedProtocolVersion() ?? null, tools: tools.length }
  })
  await widen(session, scope)
  const credentials = await session.held()
  const login = credentials === undefined ? undefined : heldLogin(credentials)
  const { found, resource } = session
  const loggedIn = login === undefined ? "not needed" : found.loggedIn ? "new" : "kept"
  return {
    json: { resource, server, login: loggedIn, registration: found.registration ?? null, ...login },
    lines: [
      `Connected to ${server.name} ${server.version} at ${resource}`,
      ...table([
        ["protocol", server.protocolVersion ?? undefined],
        ["tools", String(server.tools)],
        ["login", loggedIn],
        ["account", login?.account],
        ["authorization server", login?.issuer],
        ["client", login && [login.clientId, found.registration].filter((part) => part !== undefined).join(", ")],
        ["scope", login?.scope.join(" ")],
        ["ends", login && endOf(login, Date.now())]
      ])
    ]
  }
}

/** A login that is kept may be narrower than what is asked for now. */
const widen = async (session: Session, scope: ReadonlyArray<string>): Promise<void> => {
  const granted = (await session.held())?.grantedScope
  if (granted === undefined || scope.every((token) => granted.includes(token))) return
  const challenge = { scheme: "bearer", scope: [...granted, ...scope].join(" "), unquoted: [] } as const
  Result.getOrThrow(await session.client.authorize({ resource: session.resource, challenge }))
}
