import type { ServerEvent } from "@postern/as-core"
import { sha256, urlOf } from "./configuration.ts"
import { claimsOf, type Names } from "./names.ts"
import type { AccessToken, Answer, Id, State } from "./state.ts"

/** Something that is otherwise than the model says. */
export interface Difference {
  readonly what: string
  readonly expected: unknown
  readonly actual: unknown
}

/** Compares, as JSON. */
export const compare = (what: string, expected: unknown, actual: unknown): ReadonlyArray<Difference> =>
  JSON.stringify(expected) === JSON.stringify(actual) ? [] : [{ what, expected, actual }]

interface Facts {
  readonly state: State
  readonly id: Id
  readonly names: Names
  /** The access token that an introspection is about. */
  readonly about: Id | undefined
  /** Seconds since 1970 at the model's 0. */
  readonly base: number
}

/** What is in a token, as the model has it. */
const claimsIn = ({ client, expiresAt, issuedAt, resources, scope }: AccessToken, base: number) => {
  const [only, ...others] = resources.map(urlOf)
  return {
    client_id: client,
    aud: others.length === 0 ? only : [only, ...others],
    scope: [...scope].sort().join(" "),
    iat: base + issuedAt,
    exp: base + expiresAt
  }
}
const shown = (claims: Readonly<Record<string, unknown>>) => {
  const { aud, client_id, exp, iat, scope } = claims
  return { client_id, aud, scope: String(scope).split(" ").sort().join(" "), iat, exp }
}

/** What a process said: to whoever asked, and to its operator. */
export interface Said {
  readonly status: number | undefined
  readonly location: string | null
  readonly text: string
  readonly told: ReadonlyArray<ServerEvent>
}

export const readAnswer = async (response: Response | undefined, told: ReadonlyArray<ServerEvent>): Promise<Said> => ({
  status: response?.status,
  location: response?.headers.get("location") ?? null,
  text: (await response?.text()) ?? "",
  told
})

/** Compares what a process answered with what the model says, and learns the names in it. */
export const compareAnswer = (facts: Facts, said: Said): ReadonlyArray<Difference> => {
  const { about, base, id, names, state } = facts
  const answer = state.answers[id]
  const { location, status, text, told } = said
  if (answer === undefined) return compare(`${id} is answered`, undefined, status)
  const replay = answer.tag === "refused" && answer.replay
  const events = compare(
    `${id}: the operator is told`,
    replay ? 1 : 0,
    told.filter(({ event }) => event === "code-replayed" || event === "refresh-token-replayed").length
  )
  if (status === undefined) return [...events, ...compare(`${id} is answered`, answer.tag, "done")]
  switch (answer.tag) {
    case "page":
      learnPage(names, id, text)
      return [...events, ...compare(`${id}: a page`, ["page", 200], [pageOf(text), status])]
    case "gone":
      return [...events, ...compare(`${id}: an error page`, ["error", 410], [pageOf(text), status])]
    case "code": {
      const code = redirected(location, "code")
      if (code !== undefined) names.codes.set(id, code)
      const hash = names.grants.get(id)?.codeHash
      return [...events, ...compare(`${id}: a code`, [303, hash], [status, sha256(code ?? "")])]
    }
    case "tokens":
      return [...events, ...compareTokens(facts, answer, status, text)]
    case "introspected": {
      const introspection = JSON.parse(text) as Readonly<Record<string, unknown>>
      const token = state.access[about ?? ""]
      const expected = answer.active && token !== undefined ? claimsIn(token, base) : {}
      const actual = introspection["active"] === true ? shown(introspection) : {}
      return [
        ...events,
        ...compare(`${id}: introspection`, [200, answer.active, expected], [status, introspection["active"], actual])
      ]
    }
    case "refused": {
      const error =
        redirected(location, "error") ?? (JSON.parse(text === "" ? "{}" : text) as { error?: unknown }).error
      return [...events, ...compare(`${id}: an error`, answer.error, error)]
    }
    case "done":
      return [...events, ...compare(`${id}: done`, 200, status)]
    case "crashed":
      return [...events, ...compare(`${id}: no answer`, "crashed", status)]
  }
}

const redirected = (location: string | null, name: string): string | undefined =>
  location === null ? undefined : (new URL(location).searchParams.get(name) ?? undefined)

interface PageText {
  readonly page: string
  readonly hidden?: ReadonlyArray<{ readonly name: string; readonly value: string }>
}
const readPage = (text: string): PageText => (text.startsWith("{") ? (JSON.parse(text) as PageText) : { page: "none" })
const pageOf = (text: string): string => {
  const { page } = readPage(text)
  return page === "consent" ? "page" : page
}

const learnPage = (names: Names, id: Id, text: string): void => {
  const form = (readPage(text).hidden ?? []).map(({ name, value }) => [name, value] as const)
  const handle = form.find(([name]) => name === "interaction")?.[1] ?? ""
  names.pages.set(id, { hash: sha256(handle), form })
}

const compareTokens = (
  { base, id, names, state }: Facts,
  { tokens }: Extract<Answer, { readonly tag: "tokens" }>,
  status: number,
  text: string
): ReadonlyArray<Difference> => {
  if (status !== 200) return compare(`${id}: tokens`, 200, [status, text])
  const known = names.answers.get(tokens)
  // An answer that is given again is the same to the byte.
  if (known !== undefined) return compare(`${id}: the same answer`, sha256(known), sha256(text))
  names.answers.set(tokens, text)
  const { access, refresh } = names.tokens(tokens)
  const token = state.access[tokens]
  return [
    ...compare(`${id}: the access token`, token && claimsIn(token, base), shown(claimsOf(access))),
    ...compare(`${id}: the refresh token`, names.tokenHashes.get(tokens), sha256(refresh))
  ]
}
