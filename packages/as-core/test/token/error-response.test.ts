import { describe, expect, it } from "vitest"
import { errorResponse } from "../../src/token/error-response.ts"

describe("an error response", () => {
  it("says when to come back where the server is to blame, by its own time or the rejection's", () => {
    const row = { status: 503, error: "temporarily_unavailable" }
    const unavailable = errorResponse("token", row, { message: "no more proofs can be remembered now" })
    expect(unavailable.status).toBe(503)
    expect(unavailable.headers["retry-after"]).toBe("5")
    expect(JSON.parse(unavailable.body ?? "")).toEqual({
      error: "temporarily_unavailable",
      error_description: "no more proofs can be remembered now"
    })
    const throttled = errorResponse("token", { ...row, status: 429 }, { message: "too many", retryAfter: 17 })
    expect(throttled.headers["retry-after"]).toBe("17")
  })

  it("asks for credentials of its realm with a 401, and with nothing else", () => {
    const failed = { message: "client authentication failed" }
    const unauthorized = errorResponse("revocation", { status: 401, error: "invalid_client" }, failed)
    expect(unauthorized.headers["www-authenticate"]).toBe('Basic realm="revocation"')
    expect(unauthorized.headers["retry-after"]).toBeUndefined()
    const bad = errorResponse("revocation", { status: 400, error: "invalid_request" }, failed)
    expect(bad.headers["www-authenticate"]).toBeUndefined()
  })
})
