import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { configure } from "./configuration.ts"
import { makeCore } from "./core.ts"
import type { Access, Begun, Head, Outgoing, PublicAccess } from "./incoming.ts"
import type { GuardOptions } from "./options.ts"
import { makeOutgoing } from "./outgoing.ts"
import type { ConfigurationInvalid } from "./rejections.ts"
import { makeReport } from "./teller.ts"
import { internalError } from "./wire.ts"

/** What a guard is and serves, whichever face it has. */
export interface GuardFacts {
  /** The resource identifier, byte for byte. */
  readonly resource: string
  /** The protected resource metadata document (RFC 9728 section 2). */
  readonly protectedResourceMetadata: Readonly<Record<string, unknown>>
  /** The path, with a query if the resource has one, at which the document is served (RFC 9728 section 3.1). */
  readonly metadataPath: string
  /** The URL of the document, which every challenge names. */
  readonly metadataUrl: string
}

/** A guard before it meets a request of the web: what both faces are made of. */
export interface Entrance extends GuardFacts {
  /**
   * Judges a request before its body, whatever the platform: a plain function. `undefined` means that something has to be
   * waited for: call `wait`. The bytes of the body go into `finish` of what comes back.
   */
  readonly begin: (head: Head) => Begun | undefined
  /** The same where something is fetched, asked or verified anew. */
  readonly wait: (head: Head) => Effect.Effect<Begun>
  /** What to do with the handler's answer to an access that `finish` gave. */
  readonly outgoing: (access: Access | PublicAccess) => Outgoing
}

/** Makes an entrance; options that are wrong, or not known, are {@link ConfigurationInvalid}. */
export const makeEntrance = (options: GuardOptions): Result.Result<Entrance, ConfigurationInvalid> =>
  Result.map(configure(options), (configuration) => {
    const { begin, wait } = makeCore(configuration)
    const report = makeReport(configuration.services)
    return {
      begin: (head) => {
        try {
          return begin(head, Date.now())
        } catch (defect) {
          report("the guard failed", defect)
          return { _tag: "Finished", answer: internalError }
        }
      },
      wait,
      outgoing: makeOutgoing(configuration),
      resource: configuration.resource,
      protectedResourceMetadata: configuration.document,
      metadataPath: configuration.metadataPath,
      metadataUrl: configuration.facts.metadataUrl
    }
  })
