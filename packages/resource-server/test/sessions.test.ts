import { makeSessions, type SessionOwner } from "../src/sessions.ts"
import { describe, expect, it } from "vitest"

const u1: SessionOwner = { issuer: "https://as.example.com", subject: "u1", clientId: "c1" }
const u2: SessionOwner = { ...u1, subject: "u2" }

const person = (index: number): SessionOwner => ({ ...u1, subject: `person ${index}` })

const at = (options: Parameters<typeof makeSessions>[0] = {}) => {
  let now = 1_700_000_000_000
  const sessions = makeSessions({ clock: () => now, ...options })
  return { sessions, pass: (seconds: number) => void (now += seconds * 1000) }
}

describe("a session", () => {
  it("is its owner's alone: another issuer, subject or client is refused, and so is a caller without a token", () => {
    const { sessions } = at()
    sessions.start("s1", u1)
    expect(sessions.accepts("s1", u1)).toBe(true)
    expect(sessions.accepts("s1", { ...u1 })).toBe(true)
    expect(sessions.accepts("s1", { ...u1, issuer: "https://as.example.com/" })).toBe(false)
    expect(sessions.accepts("s1", { ...u1, subject: "U1" })).toBe(false)
    expect(sessions.accepts("s1", { ...u1, clientId: "c2" })).toBe(false)
    expect(sessions.accepts("s1", undefined)).toBe(false)
    expect(sessions.accepts("s1", u1)).toBe(true)
  })

  it("is found by its exact id and by no other", () => {
    const { sessions } = at()
    sessions.start("Session-1", u1)
    for (const id of ["session-1", "Session-1 ", " Session-1", "Session-1,Session-1", "", "__proto__", "constructor"]) {
      expect(sessions.accepts(id, u1)).toBe(false)
    }
  })

  it("stays its first owner's when a handler gives the same id again", () => {
    const { sessions } = at()
    sessions.start("s1", u1)
    sessions.start("s1", u2)
    sessions.start("s1", undefined)
    expect(sessions.accepts("s1", u2)).toBe(false)
    expect(sessions.accepts("s1", undefined)).toBe(false)
    expect(sessions.accepts("s1", u1)).toBe(true)
  })

  it("begun without a token is taken over by the first owner that comes, for good", () => {
    const { sessions } = at()
    sessions.start("s1", undefined)
    expect(sessions.accepts("s1", undefined)).toBe(true)
    expect(sessions.accepts("s1", u1)).toBe(true)
    expect(sessions.accepts("s1", undefined)).toBe(false)
    expect(sessions.accepts("s1", u2)).toBe(false)
  })

  it("ends when it is ended", () => {
    const { sessions } = at()
    sessions.start("s1", u1)
    sessions.end("s1")
    sessions.end("s1")
    expect(sessions.accepts("s1", u1)).toBe(false)
  })

  it("is forgotten when nobody used it for the idle time, and not while somebody does", () => {
    const { pass, sessions } = at({ idleSeconds: 100 })
    sessions.start("used", u1)
    sessions.start("idle", u1)
    pass(60)
    expect(sessions.accepts("used", u1)).toBe(true)
    pass(60)
    expect(sessions.accepts("used", u1)).toBe(true)
    expect(sessions.accepts("idle", u1)).toBe(false)
    // The id is free again.
    sessions.start("idle", u2)
    expect(sessions.accepts("idle", u2)).toBe(true)
  })

  it("is not begun with an id that no header could carry or that is longer than 1024 characters", () => {
    const { sessions } = at()
    for (const id of ["", "a b", "a\u0000", "a\n", "é", "s".repeat(1025)]) {
      sessions.start(id, u1)
      expect(sessions.accepts(id, u1)).toBe(false)
    }
    sessions.start("s".repeat(1024), u1)
    expect(sessions.accepts("s".repeat(1024), u1)).toBe(true)
  })
})

describe("the bound on sessions", () => {
  it("makes the one leave that was idle longest", () => {
    const { pass, sessions } = at({ maximumSessions: 3 })
    for (const index of [1, 2, 3]) sessions.start(`s${index}`, person(index))
    pass(90)
    expect(sessions.accepts("s1", person(1))).toBe(true)
    sessions.start("s4", person(4))
    expect([1, 2, 3, 4].map((index) => sessions.accepts(`s${index}`, person(index)))).toEqual([true, false, true, true])
  })

  it("is reached by no subject alone, however many clients it has: its own idlest leaves", () => {
    const { sessions } = at({ maximumSessions: 1000, maximumSessionsPerSubject: 10 })
    sessions.start("victim", u2)
    for (let index = 0; index < 2000; index++) sessions.start(`s${index}`, { ...u1, clientId: `c${index}` })
    expect(sessions.accepts("victim", u2)).toBe(true)
    const kept = Array.from({ length: 2000 }, (_, index) => index).filter((index) =>
      sessions.accepts(`s${index}`, { ...u1, clientId: `c${index}` })
    )
    expect(kept).toEqual([1990, 1991, 1992, 1993, 1994, 1995, 1996, 1997, 1998, 1999])
  })

  it("tells subjects of two issuers apart, and names that look alike when they are joined", () => {
    const { sessions } = at({ maximumSessionsPerSubject: 1 })
    const owners = [
      { issuer: "https://a.example", subject: "b", clientId: "c" },
      { issuer: "https://b.example", subject: "b", clientId: "c" },
      { issuer: 'https://a.example","b', subject: "", clientId: "c" },
      { issuer: "https://a.example", subject: '","b', clientId: "c" }
    ]
    owners.forEach((owner, index) => sessions.start(`s${index}`, owner))
    expect(owners.map((owner, index) => sessions.accepts(`s${index}`, owner))).toEqual([true, true, true, true])
  })

  it("leaves half of the room to callers with a token", () => {
    const { sessions } = at({ maximumSessions: 10 })
    sessions.start("s1", u1)
    for (let index = 0; index < 100; index++) sessions.start(`public ${index}`.replace(" ", "-"), undefined)
    expect(sessions.accepts("s1", u1)).toBe(true)
    expect([94, 95, 96, 97, 98, 99].map((index) => sessions.accepts(`public-${index}`, undefined))).toEqual([
      false,
      true,
      true,
      true,
      true,
      true
    ])
  })

  it("counts a session that is taken over for the one who took it", () => {
    const { sessions } = at({ maximumSessionsPerSubject: 2 })
    for (const id of ["s1", "s2", "s3"]) {
      sessions.start(id, undefined)
      expect(sessions.accepts(id, u1)).toBe(true)
    }
    expect(["s1", "s2", "s3"].map((id) => sessions.accepts(id, u1))).toEqual([false, true, true])
  })

  it("is given up to idle sessions by no one: they leave when another begins", () => {
    const { pass, sessions } = at({ maximumSessions: 2, idleSeconds: 10 })
    sessions.start("s1", u1)
    sessions.start("s2", u1)
    pass(11)
    sessions.start("s3", u2)
    sessions.start("s4", u2)
    expect(sessions.accepts("s3", u2)).toBe(true)
    expect(sessions.accepts("s4", u2)).toBe(true)
  })

  it("bounds something, and has no option that is not known", () => {
    const said = (options: unknown) => () => makeSessions(options as never)
    for (const name of ["maximumSessions", "maximumSessionsPerSubject", "idleSeconds"]) {
      for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, null, "10"]) {
        expect(said({ [name]: wrong }), name).toThrow(
          `the guard's option sessions.${name} is wrong: it has to be a number of at least 1`
        )
      }
    }
    expect(said({ maximumSession: 1 })).toThrow(
      "the guard's option sessions.maximumSession is wrong: there is no such option"
    )
    expect(said({ clock: null })).toThrow("the guard's option sessions.clock is wrong: it has to be a function")
    expect(said(null)).toThrow("the guard's option options is wrong: it has to be an object")
  })
})
