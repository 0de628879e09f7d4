/**
 * What a client may send that names no tool, prompt or resource: the client's requests and notifications in schema.ts of the
 * revisions 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28, and SEP-2663 (the tasks extension). The list is closed: a
 * method that a later revision or an extension adds has to be named in a rule.
 */
const PROTOCOL_METHODS: ReadonlySet<string> = new Set([
  // 2025-03-26, ClientRequest
  "initialize",
  "ping",
  "completion/complete",
  "logging/setLevel",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "tools/list",
  // 2025-03-26, ClientNotification
  "notifications/cancelled",
  "notifications/initialized",
  "notifications/progress",
  "notifications/roots/list_changed",
  // 2025-11-25, ClientRequest and ClientNotification
  "tasks/cancel",
  "tasks/get",
  "tasks/list",
  "tasks/result",
  "notifications/tasks/status",
  // 2026-07-28, ClientRequest
  "server/discover",
  "subscriptions/listen",
  // SEP-2663
  "tasks/update"
])

/** Whether a method belongs to the protocol itself and acts on nothing that has a name. */
export const isProtocolMethod = (method: string): boolean => PROTOCOL_METHODS.has(method)

/** Methods that name what they act on, and where the rules for that stand. */
const NAMING_METHODS: ReadonlyMap<string, string> = new Map([
  ["tools/call", "tools"],
  ["prompts/get", "prompts"],
  ["resources/read", "resources"],
  ["resources/subscribe", "resources"],
  ["resources/unsubscribe", "resources"],
  ["completion/complete", "prompts and resources"]
])

/** Where the rules for what a method names stand; `undefined` for a method that names nothing. */
export const ruledBy = (method: string): string | undefined => NAMING_METHODS.get(method)
