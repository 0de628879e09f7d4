import type { Access, PublicAccess } from "@postern/resource-server"

/** An answer for any platform; without `body` it is an event stream that stays open. */
export interface NotesAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body?: string
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly name?: string }
}

const json = (result: unknown, id = 1, headers: Record<string, string> = {}): NotesAnswer => ({
  status: 200,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ jsonrpc: "2.0", id, result })
})

const isMessage = (value: unknown): value is Message => typeof value === "object" && value !== null

/** What a server written by hand answers: by whom it was asked, and which tool. */
export const notesAnswer = (method: string, access: Access | PublicAccess): NotesAnswer => {
  const who = access._tag === "Access" ? access.subject : "nobody"
  const { message } = access
  if (method === "GET") return { status: 200, headers: { "content-type": "text/event-stream" } }
  if (method === "DELETE" || !isMessage(message)) return { status: 204, headers: {}, body: "" }
  if (Array.isArray(message)) return json({ content: [{ type: "text", text: `${message.length} for ${who}` }] })
  switch (message.method) {
    case "initialize":
      return json({ protocolVersion: "2025-11-25" }, message.id, { "mcp-session-id": "session-1" })
    case "tools/list":
      return json({ tools: ["read_notes", "write_note", "motd", "fail"].map((name) => ({ name })) }, message.id)
    default:
      return json({ content: [{ type: "text", text: `${message.params?.name} for ${who}` }] }, message.id)
  }
}
