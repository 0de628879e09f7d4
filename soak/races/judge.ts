import { BrokenRule, mustBe } from "../broken-rule.ts"
import { bindingOf, CALLERS, type Order, type Outcome } from "./order.ts"

/** What the store holds of a race's grant afterwards. */
export interface Left {
  readonly used: boolean
  readonly ended: boolean
  /** Who has a refresh token now. */
  readonly holders: ReadonlyArray<string>
}

const ALL = 2 * CALLERS

const tally = (outcomes: ReadonlyArray<Outcome>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { got } of outcomes) counts[got] = (counts[got] ?? 0) + 1
  return counts
}

const whoGot = (outcomes: ReadonlyArray<Outcome>, wanted: string): ReadonlyArray<string> =>
  outcomes.flatMap(({ got, who }) => (got === wanted ? [who] : []))

const historyOf = (order: Order, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<string> => [
  JSON.stringify(order),
  `answers: ${JSON.stringify(tally(outcomes))}`
]

const judgeRedemption = (
  order: Order & { readonly race: "redeem" },
  outcomes: ReadonlyArray<Outcome>,
  left: Left
): void => {
  const history = [...historyOf(order, outcomes), `left: ${JSON.stringify(left)}`]
  const winners = whoGot(outcomes, "Redeemed")
  const { Redeemed = 0, Replayed = 0, Stale = 0, Ended = 0, ...others } = tally(outcomes)
  mustBe("a redemption is redeemed, replayed or stale", others, {}, history)
  if (order.ends) {
    mustBe("a revocation is done", Ended, 1, history)
    if (Redeemed > 1) throw new BrokenRule("of 63 redemptions at once one at most is redeemed", history)
    if (Redeemed === 0) mustBe("no code is replayed that was not redeemed", Stale, ALL - 1, history)
  } else {
    mustBe(
      "of 64 redemptions at once one is redeemed, the others are replays",
      [Redeemed, Replayed],
      [1, ALL - 1],
      history
    )
  }
  mustBe("a code is used when, and only when, somebody redeemed it", left.used, Redeemed === 1, history)
  mustBe("there is the refresh token of whoever redeemed the code, and no other", left.holders, winners, history)
  mustBe("a grant ends by a replay of its code, or a revocation", left.ended, true, history)
}

const judgeRotation = (
  order: Order & { readonly race: "rotate" },
  outcomes: ReadonlyArray<Outcome>,
  left: Left
): void => {
  const history = [...historyOf(order, outcomes), `left: ${JSON.stringify(left)}`]
  const winners = whoGot(outcomes, "Rotated")
  mustBe("of 64 rotations at once one is rotated", winners.length, 1, history)
  const [winner = ""] = winners
  mustBe("the live token is the one of whoever rotated", left.holders, [winner], history)
  const {
    Rotated: _,
    Replayed = 0,
    Stale = 0,
    [`Repeated: answer ${winner}`]: Repeated = 0,
    ...others
  } = tally(outcomes)
  mustBe(
    "whoever did not rotate is told of a replay, of the grant's end, or what the one who did was told",
    others,
    {},
    history
  )
  switch (order.window) {
    case "kept":
      mustBe("in the window all others get the answer of the first", [Repeated, left.ended], [ALL - 1, false], history)
      return
    case "not kept":
      mustBe(
        "without a window the second one ends the grant",
        [Replayed, Stale, left.ended],
        [1, ALL - 2, true],
        history
      )
      return
    case "two requests": {
      const same = outcomes.filter(({ who }) => bindingOf(who, order.window) === bindingOf(winner, order.window))
      const answered = whoGot(same, `Repeated: answer ${winner}`)
      mustBe("an answer is repeated to the same request alone", answered.length, Repeated, history)
      mustBe("another request ends the grant, once", [Replayed, left.ended], [1, true], history)
    }
  }
}

const judgeRemembering = (order: Order, outcomes: ReadonlyArray<Outcome>): void => {
  const { Remembered = 0, Replayed = 0 } = tally(outcomes)
  const history = historyOf(order, outcomes)
  mustBe("of 64 who bring an identifier at once one is the first", [Remembered, Replayed], [1, ALL - 1], history)
}

/** Whether the contract's rules held in one race; throws {@link BrokenRule}. */
export const judge = (order: Order, outcomes: ReadonlyArray<Outcome>, left: Left | undefined): void => {
  switch (order.race) {
    case "redeem":
      return judgeRedemption(order, outcomes, left ?? missing())
    case "rotate":
      return judgeRotation(order, outcomes, left ?? missing())
    case "remember":
      return judgeRemembering(order, outcomes)
  }
}

const missing = (): never => {
  throw new BrokenRule("a grant does not leave by itself", [])
}
