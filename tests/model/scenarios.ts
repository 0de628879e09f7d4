import type { Request } from "./requests.ts"
import type { ClientName, ResourceName } from "./state.ts"

/** What three processes are asked to do at the same time, after what one did before. */
export interface Scenario {
  readonly title: string
  /** Requests `P0`, `P1`…, one after the other. */
  readonly before: ReadonlyArray<Request>
  /** Requests `A0`… of the first, `B0`… of the second and `C0`… of the third process. */
  readonly processes: ReadonlyArray<ReadonlyArray<Request>>
  /** Seconds that pass, each at any moment. */
  readonly time?: ReadonlyArray<number> | undefined
}

const NOTES: ReadonlyArray<ResourceName> = ["notes"]

/** A grant `P1` with its code, which the user gives on the page `P0`. */
const granted = (
  client: ClientName,
  resources: ReadonlyArray<ResourceName> = NOTES,
  scope: ReadonlyArray<string> = ["notes:read"]
): ReadonlyArray<Request> => [
  { kind: "open", client, resources, scope },
  { kind: "approve", page: "P0" }
]
/** The same with its tokens `P2`. */
const bought = (client: ClientName): ReadonlyArray<Request> => [
  ...granted(client),
  { kind: "redeem", by: client, code: "P1" }
]
const redeem = (by: ClientName, code = "P1"): Request => ({ kind: "redeem", by, code })
const refresh = (by: ClientName, token: string): Request => ({ kind: "refresh", by, token })
const revoke = (by: ClientName, token: string, what: "access" | "refresh" = "refresh"): Request => ({
  kind: "revoke",
  by,
  token,
  what
})
const introspect = (token: string): Request => ({ kind: "introspect", token })
const PURGE: Request = { kind: "purge" }

export const scenarios: ReadonlyArray<Scenario> = [
  {
    title: "three processes redeem one code",
    before: granted("app"),
    processes: [[redeem("app")], [redeem("app")], [redeem("app")]]
  },
  {
    title: "a code is redeemed twice, and its tokens are used and looked at",
    before: granted("web"),
    processes: [[redeem("web"), refresh("web", "A0")], [redeem("web")], [introspect("A0")]]
  },
  {
    title: "a code is redeemed, once more after a crash, and its tokens are revoked",
    before: granted("app"),
    processes: [[redeem("app"), revoke("app", "A0")], [redeem("app")], [introspect("A0")]]
  },
  {
    title: "a code is redeemed while it expires and what expired is removed",
    before: granted("app"),
    processes: [[redeem("app")], [redeem("app")], [PURGE]],
    time: [60, 300]
  },
  {
    title: "a code is redeemed while the user takes everything back",
    before: granted("web"),
    processes: [[redeem("web"), introspect("A0")], [{ kind: "endConsents", client: "web" }], [introspect("A0")]]
  },
  {
    title: "two processes rotate one refresh token, and the grant is revoked",
    before: bought("app"),
    processes: [[refresh("app", "P2")], [refresh("app", "P2")], [revoke("app", "P2")]]
  },
  {
    title: "a refresh token is rotated twice in a row, and its first one comes once more",
    before: bought("app"),
    processes: [[refresh("app", "P2"), refresh("app", "A0")], [refresh("app", "P2")], [introspect("P2")]]
  },
  {
    title: "a refresh token is rotated, and once more around the end of its window",
    before: bought("web"),
    processes: [[refresh("web", "P2"), refresh("web", "P2")], [refresh("web", "P2")]],
    time: [9, 1]
  },
  {
    title: "a refresh token is rotated while the user takes everything back",
    before: bought("web"),
    processes: [[refresh("web", "P2")], [{ kind: "endConsents", client: "web" }], [introspect("P2")]]
  },
  {
    title: "a refresh token is rotated while it expires and what expired is removed",
    before: bought("app"),
    processes: [[refresh("app", "P2")], [refresh("app", "P2")], [PURGE]],
    time: [1200, 300]
  },
  {
    title: "a refresh token is rotated until its grant expires, and what expired is removed",
    before: bought("app"),
    processes: [[refresh("app", "P2"), refresh("app", "A0")], [revoke("app", "P2")], [PURGE]],
    time: [1000, 950, 350]
  },
  {
    title: "an access token is revoked while it is looked at, refreshed and expires",
    before: bought("web"),
    processes: [
      [revoke("web", "P2", "access"), introspect("P2")],
      [introspect("P2")],
      [refresh("web", "P2"), introspect("C0")]
    ],
    time: [100]
  },
  {
    title: "an access token is revoked, and what expired is removed before it has",
    before: bought("web"),
    processes: [[revoke("web", "P2", "access")], [introspect("P2")], [PURGE]],
    time: [99, 301]
  },
  {
    title: "a used code comes back late, after what expired was removed",
    before: bought("app"),
    processes: [[redeem("app")], [PURGE], [introspect("P2")]],
    time: [361]
  },
  {
    title: "two processes take one consent, and the user takes it back",
    before: granted("web").slice(0, 1),
    processes: [
      [{ kind: "approve", page: "P0" }, redeem("web", "A0")],
      [{ kind: "approve", page: "P0" }],
      [{ kind: "endConsents", client: "web" }]
    ]
  },
  {
    title: "a code by what was allowed before, while the user takes it back",
    before: granted("web"),
    processes: [
      [{ kind: "authorize", client: "web", resources: NOTES, scope: ["notes:read"] }, redeem("web", "A0")],
      [{ kind: "endConsents", client: "web" }],
      [{ kind: "authorize", client: "web", resources: NOTES, scope: ["notes:read"] }]
    ]
  },
  {
    title: "a code by what was allowed before, which is more than was asked for, less, or expired",
    before: granted("web", ["notes", "mail"], ["notes:read", "mail:read"]),
    processes: [
      [{ kind: "authorize", client: "web", resources: NOTES, scope: ["notes:read"] }, redeem("web", "A0")],
      [{ kind: "authorize", client: "web", resources: NOTES, scope: ["notes:read", "notes:write"] }],
      [PURGE, { kind: "authorize", client: "web", resources: ["notes", "mail"], scope: ["notes:read"] }]
    ],
    time: [3000, 300]
  },
  {
    title: "strangers present a code, and its client with a wrong verifier",
    before: granted("web"),
    processes: [
      [redeem("app"), { kind: "redeem", by: "web", code: "P1", wrongSecret: true }],
      [{ kind: "redeem", by: "web", code: "P1", wrongVerifier: true }],
      [redeem("web"), introspect("C0")]
    ]
  },
  {
    title: "strangers present tokens, also at their revocation",
    before: bought("app"),
    processes: [
      [refresh("web", "P2"), revoke("web", "P2")],
      [revoke("web", "P2", "access"), { kind: "revoke", by: "app", token: "P2", what: "refresh", wrongSecret: true }],
      [refresh("app", "P2"), introspect("P2")]
    ]
  },
  {
    title: "a code for resources that do not trust each other buys tokens for one of them",
    before: granted("app", ["notes", "files"], ["notes:read", "files:read"]),
    processes: [
      [redeem("app"), { kind: "redeem", by: "app", code: "P1", resources: ["files"] }],
      [{ kind: "redeem", by: "app", code: "P1", resources: ["files", "mail"] }],
      [refresh("app", "A1"), { kind: "refresh", by: "app", token: "A1", resources: ["notes"], scope: ["notes:read"] }]
    ]
  },
  {
    title: "a code for a group of resources, and refreshes for less and for more",
    before: [...granted("web", ["notes", "mail"], ["notes:read", "notes:write", "mail:read"]), redeem("web")],
    processes: [
      [{ kind: "refresh", by: "web", token: "P2", resources: ["mail"] }],
      [{ kind: "refresh", by: "web", token: "P2", scope: ["notes:write"] }],
      [{ kind: "refresh", by: "web", token: "P2", scope: ["mail:read", "files:read"] }, introspect("P2")]
    ]
  },
  {
    title: "a refresh token is rotated, and once more for another resource and another scope",
    before: [...granted("app", ["notes", "mail"], ["notes:read", "mail:read"]), redeem("app")],
    processes: [
      [refresh("app", "P2")],
      [
        { kind: "refresh", by: "app", token: "P2", resources: ["notes"] },
        { kind: "refresh", by: "app", token: "P2", resources: ["mail"] }
      ],
      [
        { kind: "refresh", by: "app", token: "P2", scope: ["notes:read"] },
        { kind: "refresh", by: "app", token: "P2", scope: ["mail:read"] }
      ]
    ]
  },
  {
    title: "what the user allows on one page is added to what they allowed on another",
    before: [...granted("web"), { kind: "open", client: "web", resources: NOTES, scope: ["notes:write"] }],
    processes: [
      [{ kind: "approve", page: "P2" }],
      [
        { kind: "authorize", client: "web", resources: NOTES, scope: ["notes:read", "notes:write"] },
        redeem("web", "B0")
      ],
      [{ kind: "endConsents", client: "web" }]
    ]
  },
  {
    title: "two clients work on grants of their own, and one of them loses its",
    before: [
      ...bought("app"),
      { kind: "open", client: "web", resources: NOTES, scope: ["notes:write"] },
      { kind: "approve", page: "P3" }
    ],
    processes: [
      [redeem("web", "P4"), introspect("A0")],
      [{ kind: "endConsents", client: "app" }],
      [refresh("app", "P2")]
    ]
  }
]
