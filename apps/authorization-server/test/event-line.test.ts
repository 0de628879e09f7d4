import { eventLine } from "@postern/app-authorization-server"
import { describe, expect, it } from "vitest"

const time = new Date("2026-11-24T12:00:00Z")

describe("an event on standard error", () => {
  it("is one line of JSON with its time", () => {
    expect(eventLine({ event: "code-replayed", clientId: "c1", grantId: "g1" }, time)).toBe(
      '{"time":"2026-11-24T12:00:00.000Z","event":"code-replayed","clientId":"c1","grantId":"g1"}'
    )
  })

  it("has every control, formatting and non-ASCII character escaped, and reads back as it was", () => {
    const clientId = 'x\r\n\u001b[2J\u009b31m\u202e\u2028\u0000\u007f"é😀%s'
    const line = eventLine({ event: "client-document-refused", clientId }, time)
    expect(line).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(line)).toEqual({ time: time.toISOString(), event: "client-document-refused", clientId })
  })
})
