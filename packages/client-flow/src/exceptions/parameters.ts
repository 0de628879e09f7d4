import { Adjustment, type Asked } from "../adjustment.ts"

/**
 * `resource` is not sent, at either endpoint. MCP demands it (Resource Parameter Implementation): without it the token is for
 * whatever the server takes its scopes to be for, and only the audience check of the MCP server says whether that is right.
 */
export const omitResource: Adjustment = new Adjustment("resource-omitted", {
  ask: (asked) => ({ ...asked, resources: [] })
})

/** `audience` is sent beside `resource`, wherever a new token is asked for: the resource itself, or the name that is given. */
export const audienceParameter = (audience?: string): Adjustment =>
  new Adjustment("audience-parameter", {
    ask: (asked) => {
      const value = audience ?? asked.resource
      return names(asked) && value !== undefined
        ? { ...asked, additional: { ...asked.additional, audience: value } }
        : asked
    }
  })

// A code and a refresh token are for something already.
const names = ({ step }: Asked): boolean => step !== "authorization_code" && step !== "refresh_token"

/**
 * A refresh token is asked for by `access_type=offline`, and the consent without which none is issued a second time by
 * `prompt=consent`. The scope `offline_access`, which this server does not know, is left out.
 */
export const offlineByParameter: Adjustment = new Adjustment("offline-by-parameter", {
  ask: (asked) =>
    asked.step === "authorization"
      ? {
          ...asked,
          scope: asked.scope.filter((token) => token !== "offline_access"),
          prompt: ["consent"],
          additional: { ...asked.additional, access_type: "offline" }
        }
      : asked
})
