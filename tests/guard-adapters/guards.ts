import { createGuard } from "@postern/resource-server/promise"
import { ISSUER, RESOURCE, trusted } from "./tokens.ts"

const options = {
  resource: RESOURCE,
  authorizationServers: [trusted],
  operations: {
    default: ["notes:read"],
    tools: { read_notes: [], write_note: ["notes:write"], fail: [] },
    methods: { initialize: [], "tools/list": [], ping: [] }
  },
  maximumBodyBytes: 1_000_000
}

/** Lets nobody in without a token. */
export const closedGuard = () => createGuard(options)

/** Lets everybody see the message of the day, and shows each the tools that they may use. */
export const openGuard = () => createGuard({ ...options, publicOperations: { tools: ["motd"] }, filterLists: true })

export type OpenGuard = ReturnType<typeof openGuard>

export const DOCUMENT = {
  resource: RESOURCE,
  authorization_servers: [ISSUER],
  scopes_supported: ["notes:read"],
  bearer_methods_supported: ["header"]
}
