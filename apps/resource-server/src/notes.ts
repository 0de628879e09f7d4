import { McpServer } from "@modelcontextprotocol/server"
import * as z from "zod"

/** Notes by their owner's subject, in memory: the server is a demonstration. */
export type Notes = Map<string, ReadonlyArray<string>>

/** The scopes of this server, and which operation needs which. */
export const policy = {
  hierarchy: { "notes:admin": ["notes:write"], "notes:write": ["notes:read"] },
  operations: {
    default: ["notes:read"],
    tools: { read_notes: ["notes:read"], write_note: ["notes:write"], purge_notes: ["notes:admin"] },
    resources: { "notes://mine": ["notes:read"] },
    prompts: { summarize_notes: ["notes:read"] }
  }
} as const

const text = (text: string) => ({ content: [{ type: "text" as const, text }] })

/** An MCP server for one request: what it may do was decided before it was made. */
export const notesServer = (options: { readonly name: string; readonly subject: string; readonly notes: Notes }) => {
  const { name, notes, subject } = options
  const server = new McpServer({ name, version: "0.0.0" })
  const own = (): string => notes.get(subject)?.join("\n") ?? "no notes"

  server.registerTool(
    "read_notes",
    { title: "Read notes", description: "Your notes (needs notes:read)", inputSchema: z.object({}) },
    () => text(own())
  )
  server.registerTool(
    "write_note",
    {
      title: "Write a note",
      description: "Adds a note (needs notes:write)",
      inputSchema: z.object({ text: z.string().min(1).max(10_000) })
    },
    ({ text: note }) => {
      notes.set(subject, [...(notes.get(subject) ?? []), note])
      return text("written")
    }
  )
  server.registerTool(
    "purge_notes",
    {
      title: "Purge notes",
      description: "Removes everybody's notes (needs notes:admin)",
      inputSchema: z.object({})
    },
    () => {
      const people = notes.size
      notes.clear()
      return text(`purged (people: ${people})`)
    }
  )
  server.registerResource(
    "notes",
    "notes://mine",
    { title: "Notes", description: "Your notes (needs notes:read)", mimeType: "text/plain" },
    ({ href: uri }) => ({ contents: [{ uri, mimeType: "text/plain", text: own() }] })
  )
  server.registerPrompt(
    "summarize_notes",
    { title: "Summarize notes", description: "Asks for a summary of your notes (needs notes:read)" },
    () => ({
      messages: [{ role: "user", content: { type: "text", text: `Summarize these notes:\n\n${own()}` } }]
    })
  )
  return server
}
