import { UNAVAILABLE_RETRY_SECONDS } from "../limits.ts"
import { page } from "./respond.ts"
import type { Answer } from "./answer.ts"

const text = (status: number, title: string, headers?: Readonly<Record<string, string>>): Answer =>
  page({
    status,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1></html>`,
    styleNonce: "none",
    headers
  })

/** For when a page cannot be rendered because we are wrong: nothing of what went wrong is in it. */
export const unexpectedPage = (): Answer => text(500, "Something went wrong")

/** For when the store or the directory of people does not answer. */
export const unavailablePage = (): Answer =>
  text(503, "Not available now, try again in a moment", { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) })
