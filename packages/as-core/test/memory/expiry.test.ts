import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeExpiry } from "../../src/memory/expiry.ts"

interface Thing {
  time: number | undefined
}

const thing = (time: number): Thing => ({ time })
const make = () => makeExpiry<Thing>(({ time }) => time)

describe("things that expire", () => {
  it("are taken at their time, first the one that expires first, at most as many as told", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.nat(50), fc.nat(10), (times, now, limit) => {
        const expiry = make()
        for (const time of times) expiry.add(thing(time))
        const due = times.filter((time) => time <= now).toSorted((one, other) => one - other)
        expect(expiry.take(now, limit).map(({ time }) => time)).toEqual(due.slice(0, limit))
        expect(expiry.take(now, 1000).map(({ time }) => time)).toEqual(due.slice(limit))
        expect(expiry.take(now, 1000)).toEqual([])
        const rest = times.filter((time) => time > now).toSorted((one, other) => one - other)
        expect(expiry.take(1000, 1000).map(({ time }) => time)).toEqual(rest)
      })
    )
  })

  it("are not taken before a time that was moved on, and not at all once they are gone", () => {
    const expiry = make()
    const [stays, moves, leaves] = [thing(10), thing(10), thing(10)]
    for (const one of [stays, moves, leaves]) expiry.add(one)
    moves.time = 20
    leaves.time = undefined
    expiry.left()
    expect(expiry.take(10, 10)).toEqual([stays])
    expect(expiry.take(19, 10)).toEqual([])
    expect(expiry.take(20, 10)).toEqual([moves])
    expect(expiry.take(1000, 10)).toEqual([])
  })

  it("are let go before their time where most of them left", () => {
    let asked = 0
    const expiry = makeExpiry<Thing>(({ time }) => {
      asked += 1
      return time
    })
    const stays = thing(1000)
    expiry.add(stays)
    for (let times = 0; times < 100_000; times++) {
      const leaves = thing(900)
      expiry.add(leaves)
      leaves.time = undefined
      expiry.left()
    }
    // Each is asked for when it is added, and about once more.
    expect(asked).toBeLessThan(300_000)
    asked = 0
    expect(expiry.take(1000, 10)).toEqual([stays])
    expect(asked).toBeLessThan(200)
  })
})
