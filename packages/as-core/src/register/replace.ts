import { parseJson } from "@postern/metadata"
import * as Result from "effect/Result"
import { ClientMetadataRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client } from "../store.ts"
import { decideClient } from "./decide.ts"

/** What a change says of itself, before it is decided. */
export interface Replacement {
  readonly json: unknown
  /** The secret that it repeats. */
  readonly secret: unknown
}

// RFC 7592 section 2.2: "The client MUST NOT include" these.
const ISSUED = [
  "registration_access_token",
  "registration_client_uri",
  "client_secret_expires_at",
  "client_id_issued_at"
]

/** Reads the body of a change. */
export const readReplacement = (text: string) =>
  Result.map(parseJson(text), (json): Replacement => ({ json, secret: members(json)["client_secret"] }))

/** The whole policy of a change (RFC 7592 section 2.2): all metadata anew, for the client that it is about. */
export const decideReplacement = (facts: {
  readonly replacement: Replacement
  readonly client: Client
  /** Whether the secret that it repeats is the client's; `undefined` where it repeats none. */
  readonly secretMatches: boolean | undefined
  readonly settings: Settings
}) =>
  Result.gen(function* () {
    const { replacement, client, secretMatches, settings } = facts
    const refuse = (member: string, reason: string) => Result.fail(new ClientMetadataRefused({ member, reason }))
    const said = members(replacement.json)
    const issued = ISSUED.find((member) => Object.hasOwn(said, member))
    if (issued !== undefined) return yield* refuse(issued, "must not be sent")
    if (said["client_id"] !== client.clientId) return yield* refuse("client_id", "must be the one of the client")
    if (secretMatches === false) return yield* refuse("client_secret", "must be the one in force, or left out")
    return yield* decideClient(replacement.json, { settings, trusted: true })
  })

const members = (json: unknown): Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null ? { ...json } : {}
