import { CALLBACK, CHALLENGE, ISSUER, SECRETS, urlOf, VERIFIER } from "./configuration.ts"
import type { By, Request as Asked, Wanted } from "./requests.ts"

/** What the names of the model stand for in this trace. */
export interface Presented {
  readonly cookie: string
  /** The texts of a code, of tokens and of a page's hidden fields. */
  readonly code: string
  readonly access: string
  readonly refresh: string
  readonly form: ReadonlyArray<readonly [string, string]>
  readonly ticked: ReadonlyArray<string>
}

const basic = (clientId: keyof typeof SECRETS, secret: string) =>
  `Basic ${btoa(`${clientId}:${encodeURIComponent(secret)}`)}`

const post = (
  path: string,
  fields: ReadonlyArray<readonly [string, string]>,
  headers: Record<string, string> = {}
): Request =>
  new Request(`${ISSUER}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()
  })

/** A request by a client, authenticated as it is registered, or with a secret that is not its. */
const byClient = (path: string, { by, wrongSecret }: By, fields: ReadonlyArray<readonly [string, string]>): Request => {
  const wrong = wrongSecret === true
  if (by === "web") return post(path, fields, { authorization: basic("web", wrong ? "no secret" : SECRETS.web) })
  return post(path, [...fields, ["client_id", by], ...(wrong ? [["client_secret", "no secret"] as const] : [])])
}

const authorize = ({ client, resources, scope }: Wanted, prompt: string, cookie: string): Request => {
  const query = new URLSearchParams([
    ["response_type", "code"],
    ["client_id", client],
    ["redirect_uri", CALLBACK],
    ["code_challenge", CHALLENGE],
    ["code_challenge_method", "S256"],
    ["prompt", prompt],
    ["scope", scope.join(" ")],
    ...resources.map((resource) => ["resource", urlOf(resource)])
  ])
  return new Request(`${ISSUER}/authorize?${query}`, { headers: { cookie } })
}

const rights = (asked: Extract<Asked, { readonly kind: "redeem" | "refresh" }>) => [
  ...(asked.resources ?? []).map((resource) => ["resource", urlOf(resource)] as const),
  ...("scope" in asked && asked.scope !== undefined ? [["scope", asked.scope.join(" ")] as const] : [])
]

let posts = 0

/** A request of the model as it is sent; `undefined` where none is. */
export const toHttp = (asked: Asked, presented: Presented): Request | undefined => {
  switch (asked.kind) {
    case "open":
      return authorize(asked, "consent", presented.cookie)
    case "authorize":
      return authorize(asked, "none", presented.cookie)
    case "approve": {
      const ticked = presented.ticked.map((scope) => ["scope", scope] as const)
      // No two posts are equal: an equal one gets the answer of the first, and would say nothing of the store.
      const form = [...presented.form, ["decision", "approve"] as const, ...ticked, ["post", String(posts++)] as const]
      return post("consent", form, { cookie: presented.cookie })
    }
    case "redeem":
      return byClient("token", asked, [
        ["grant_type", "authorization_code"],
        ["code", presented.code],
        ["code_verifier", asked.wrongVerifier === true ? VERIFIER.replace("d", "e") : VERIFIER],
        ...rights(asked)
      ])
    case "refresh":
      return byClient("token", asked, [
        ["grant_type", "refresh_token"],
        ["refresh_token", presented.refresh],
        ...rights(asked)
      ])
    case "revoke":
      return byClient("revoke", asked, [["token", asked.what === "access" ? presented.access : presented.refresh]])
    case "introspect":
      return post("introspect", [["token", presented.access]], { authorization: basic("rs", SECRETS.rs) })
    case "endConsents":
    case "purge":
      return undefined
  }
}
