import { corsHeaders, preflightAnswer } from "./cors.ts"
import type { Answer } from "./incoming.ts"

const READ = "GET, HEAD, OPTIONS"

/** Answers for the protected resource metadata document (RFC 9728 section 3.2): public, cacheable for an hour, read-only. */
export const documentAnswers = (document: Readonly<Record<string, unknown>>): ((method: string) => Answer) => {
  const body = JSON.stringify(document)
  const headers = { ...corsHeaders, "Content-Type": "application/json", "Cache-Control": "public, max-age=3600" }
  const get: Answer = { status: 200, headers, body }
  const head: Answer = { status: 200, headers, body: null }
  const options = preflightAnswer(READ)
  const other: Answer = { status: 405, headers: { ...corsHeaders, Allow: READ }, body: null }
  const answers = new Map([
    ["GET", get],
    ["HEAD", head],
    ["OPTIONS", options]
  ])
  return (method) => answers.get(method) ?? other
}
