import { describe, expect, it } from "vitest"
import { freshnessOf } from "../../src/clients/freshness.ts"

const of = (headers: Record<string, string>) =>
  freshnessOf(new Headers(headers), { unless: 300, maximum: 3600, stale: 1000 })
const cacheControl = (value: string) => of({ "cache-control": value })

describe("how long an answer counts", () => {
  it("is ours to say where its server says nothing", () => {
    expect(of({})).toEqual({ keep: true, fresh: 300, stale: 1000 })
    for (const silent of ["", "public", "private", "s-maxage=9", "immutable", ",,", "unknown=max-age=1"]) {
      expect(cacheControl(silent), silent).toEqual({ keep: true, fresh: 300, stale: 1000 })
    }
  })

  it("is what max-age says, up to our bound, less what it lay in caches on the way", () => {
    expect(cacheControl("max-age=60").fresh).toBe(60)
    expect(cacheControl('Max-Age = "60"').fresh).toBe(60)
    expect(cacheControl("public, max-age=3601").fresh).toBe(3600)
    expect(of({ "cache-control": "max-age=60", age: "20" }).fresh).toBe(40)
    expect(of({ "cache-control": "max-age=60", age: "61" }).fresh).toBe(0)
    expect(of({ age: "100" }).fresh).toBe(200)
    for (const age of ["-1", "x", "1.5"]) expect(of({ age }).fresh, age).toBe(300)
    // Of two the first (RFC 9111 section 4.2.1).
    expect(cacheControl("max-age=60, max-age=600").fresh).toBe(60)
  })

  it("is the shortest where it cannot be read", () => {
    for (const broken of [
      "max-age=",
      "max-age",
      "max-age=-1",
      "max-age=1e9",
      "max-age=1.5",
      "max-age=x",
      "max-age=99999999999"
    ]) {
      expect(cacheControl(broken).fresh, broken).toBe(0)
    }
  })

  it("is counted from Date to Expires where there is no max-age", () => {
    const date = "Thu, 26 Nov 2026 12:00:00 GMT"
    expect(of({ date, expires: "Thu, 26 Nov 2026 12:01:00 GMT" }).fresh).toBe(60)
    expect(of({ date, expires: "Thu, 26 Nov 2026 11:00:00 GMT" }).fresh).toBe(0)
    expect(of({ date, expires: "0" }).fresh).toBe(0)
    expect(of({ expires: "Thu, 26 Nov 2026 12:01:00 GMT" }).fresh).toBe(0)
    expect(of({ date, expires: "Thu, 26 Nov 2026 12:01:00 GMT", "cache-control": "max-age=5" }).fresh).toBe(5)
  })

  it("leaves nothing for later where its server forbids that", () => {
    expect(cacheControl("no-store, max-age=60")).toEqual({ keep: false, fresh: 0, stale: 0 })
    expect(cacheControl("max-age=60, No-Cache")).toEqual({ keep: true, fresh: 0, stale: 0 })
    expect(cacheControl("max-age=60, must-revalidate")).toEqual({ keep: true, fresh: 60, stale: 0 })
    expect(cacheControl("max-age=0")).toEqual({ keep: true, fresh: 0, stale: 1000 })
  })
})
