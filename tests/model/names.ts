import type { Change } from "./process.ts"
import type { Id, State } from "./state.ts"

/** What the model's names stand for in one trace: learned from what the engine gives the store, and from its answers. */
export class Names {
  readonly grants = new Map<Id, { readonly grantId: string; readonly codeHash: string }>()
  readonly chains = new Map<Id, string>()
  readonly tokenHashes = new Map<Id, string>()
  readonly codes = new Map<Id, string>()
  /** Whole token responses, as they came. */
  readonly answers = new Map<Id, string>()
  readonly pages = new Map<Id, { readonly hash: string; readonly form: ReadonlyArray<readonly [string, string]> }>()

  /** The same names, to learn more of which these know nothing. */
  copy(): Names {
    const copy = new Names()
    for (const [id, value] of this.grants) copy.grants.set(id, value)
    for (const [id, value] of this.chains) copy.chains.set(id, value)
    for (const [id, value] of this.tokenHashes) copy.tokenHashes.set(id, value)
    for (const [id, value] of this.codes) copy.codes.set(id, value)
    for (const [id, value] of this.answers) copy.answers.set(id, value)
    for (const [id, value] of this.pages) copy.pages.set(id, value)
    return copy
  }

  /** Learns what request `id` is about to add to the store. */
  learn(id: Id, change: Change): void {
    switch (change.name) {
      case "approve":
      case "approveByConsent":
        this.grants.set(id, { grantId: change.with.grant.grantId, codeHash: change.with.code.codeHash })
        break
      case "redeem": {
        const { refreshToken } = change.with
        if (refreshToken === undefined) break
        this.chains.set(id, refreshToken.chainHash)
        this.tokenHashes.set(id, refreshToken.tokenHash)
        break
      }
      case "rotate":
        this.tokenHashes.set(id, change.with.next.tokenHash)
        break
      case "endGrant":
      case "remember":
      case "isRemembered":
        break
    }
  }

  /** The hash of the name that the refresh tokens of a grant have in common, where it has some. */
  chainOf(state: State, grant: Id): string | undefined {
    const first = Object.keys(state.refresh).find((token) => state.refresh[token] === grant && this.chains.has(token))
    return first === undefined ? undefined : this.chains.get(first)
  }

  tokens(id: Id): { readonly access: string; readonly refresh: string } {
    const { access_token: access = "none", refresh_token: refresh = "none" } = JSON.parse(
      this.answers.get(id) ?? "{}"
    ) as {
      readonly access_token?: string
      readonly refresh_token?: string
    }
    return { access, refresh }
  }
}

/** The claims of an access token. */
export const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>
