import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { askForClient } from "../src/ask-for-client.ts"

const REQUEST = {
  issuer: "https://as.example",
  resource: "https://mcp.example/mcp",
  redirectUri: "http://127.0.0.1:4000/callback",
  reason: "RegistrationUnavailable"
} as const

const ask = async (typed: string, issuer: string = REQUEST.issuer) => {
  const input = new PassThrough()
  const told: Array<string> = []
  const asked = askForClient({ input, tell: (text) => told.push(text) })({ ...REQUEST, issuer })
  input.end(typed)
  return { client: await asked, told: told.join("\n") }
}

describe("a person at the terminal", () => {
  it("is told what to register where, and gives its client id", async () => {
    const { client, told } = await ask(" my-client \nanother\n")
    expect(client).toEqual({ clientId: "my-client" })
    expect(told).toContain("https://as.example registers nobody")
    expect(told).toContain("the redirect URI http://127.0.0.1:4000/callback\n")
    expect(told).toContain("--client-secret-env")
  })

  it.each(["", "\n", "  \nlate\n"])("has none: %j", async (typed) => {
    expect((await ask(typed)).client).toBeUndefined()
  })

  it("is shown nothing that moves the cursor, whatever the server is called", async () => {
    expect((await ask("", "https://as.example/\u001b[2J")).told).not.toContain("\u001b")
  })
})
