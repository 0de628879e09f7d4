/** A finished answer. No name in it has several lines. */
export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** `null` where there is none. */
  readonly body: string | null
}

/** The same answer with more headers. */
export const withHeaders = (answer: Answer, headers: Readonly<Record<string, string>>): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers }
})

/** As a web response. */
export const responseOf = ({ body, headers, status }: Answer): Response => new Response(body, { status, headers })
