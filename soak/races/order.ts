/** How many call at once in each of the two processes. */
export const CALLERS = 32

/** What both processes do at the same time. */
export type Order =
  | { readonly race: "redeem"; readonly name: string; readonly ends: boolean; readonly spread: boolean }
  | { readonly race: "rotate"; readonly name: string; readonly window: Window; readonly spread: boolean }
  | { readonly race: "remember"; readonly name: string; readonly now: number; readonly spread: boolean }

/** Whether a rotation's answer is kept, and whether all callers ask for the same. */
export type Window = "kept" | "not kept" | "two requests"

/** What one caller got. `who` is what it bought, or would have bought, under. */
export interface Outcome {
  readonly who: string
  readonly got: string
}

/** Every second caller asks for something else, where there are two requests. */
export const bindingOf = (who: string, window: Window): string =>
  window === "two requests" && Number(who.split("-").at(-1)) % 2 === 1 ? "another request" : "request"
