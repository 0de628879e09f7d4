import type { VerifiedToken } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readJsonBody } from "./body.ts"
import { type Configuration, configure, type GuardOptions } from "./configuration.ts"
import { corsHeaders, preflightResponse } from "./cors.ts"
import { readToken } from "./credentials.ts"
import { decide } from "./decide.ts"
import { parseMessage } from "./message.ts"
import { serveDocument } from "./metadata-document.ts"
import type { Operation } from "./policy.ts"
import { type ConfigurationInvalid, MethodUnsupported, type Refusal } from "./rejections.ts"
import { internalError, refuse } from "./wire.ts"

/** A request that may pass. */
export interface Access {
  readonly _tag: "Access"
  readonly token: VerifiedToken
  /** The request, its body the very bytes that were judged and still to be read. */
  readonly request: Request
  /** The JSON-RPC message that was judged, parsed; `undefined` where there is no body. */
  readonly message: unknown
}

/** A request that may not pass: the finished answer, and why. */
export interface Refused {
  readonly _tag: "Refused"
  readonly response: Response
  readonly rejection: Refusal
}

/** Stands in front of an MCP server. */
export interface Guard {
  /** Judges a request by its token and by what it wants; reads no body before the token is known to be good. */
  readonly check: (request: Request) => Effect.Effect<Access | Refused>
  /** The same with all the rest: the metadata document, preflights, finished refusals; a bug inside is a bare 500. */
  readonly respond: (request: Request) => Effect.Effect<Access | Response>
  /** The protected resource metadata document (RFC 9728 section 2). */
  readonly protectedResourceMetadata: Readonly<Record<string, unknown>>
  /** The path, with a query if the resource has one, at which the document is served (RFC 9728 section 3.1). */
  readonly metadataPath: string
  /** The URL of the document, which every challenge names. */
  readonly metadataUrl: string
}

interface Judged {
  readonly operations: ReadonlyArray<Operation>
  readonly request: Request
  readonly message: unknown
}

const METHODS: ReadonlyArray<string> = ["GET", "HEAD", "POST", "DELETE"]

const readMessage = (request: Request, { maximumBodyBytes }: Configuration) =>
  Effect.gen(function* () {
    if (request.method !== "POST") {
      return { operations: [{ kind: "session" }], request, message: undefined } satisfies Judged
    }
    const bytes = yield* readJsonBody(request, { maximumBytes: maximumBodyBytes })
    const { json, operations } = yield* Effect.fromResult(parseMessage(bytes, request.headers))
    const { headers, method, signal, url } = request
    return { operations, message: json, request: new Request(url, { method, headers, signal, body: bytes }) }
  })

// The order is the rule: whoever has no good token learns nothing about what the operation would need.
const judge = (request: Request, configuration: Configuration): Effect.Effect<Access, Refusal> =>
  Effect.gen(function* () {
    if (!METHODS.includes(request.method)) return yield* new MethodUnsupported()
    const token = yield* configuration.verifier.verify(yield* Effect.fromResult(readToken(request.headers)))
    const judged = yield* readMessage(request, configuration)
    yield* Effect.fromResult(decide({ token, operations: judged.operations }, configuration))
    return { _tag: "Access", token, request: judged.request, message: judged.message }
  })

const WELL_KNOWN = "/.well-known/"

/** Makes a guard; options that are wrong, or not known, are {@link ConfigurationInvalid} (RFC 9728 section 2). */
export const makeGuard = (options: GuardOptions): Result.Result<Guard, ConfigurationInvalid> =>
  Result.map(configure(options), (configuration) => {
    const { document, metadataUrl, policy } = configuration
    const { pathname, search } = new URL(metadataUrl)
    const facts = { metadataUrl, baseScopes: [...(policy.base ?? [])] }

    const check = Effect.fn("resource-server.check")((request: Request) =>
      Effect.match(judge(request, configuration), {
        onSuccess: (access): Access | Refused => access,
        onFailure: (rejection): Access | Refused => ({ _tag: "Refused", response: refuse(rejection, facts), rejection })
      })
    )

    const route = (request: Request): Effect.Effect<Access | Response> => {
      // Host and X-Forwarded-* decide nothing: the path alone is read, the rest is configuration.
      const url = new URL(request.url)
      if (url.pathname === pathname && (search === "" || url.search === search)) {
        return Effect.sync(() => serveDocument(request, document))
      }
      if (request.method === "OPTIONS") return Effect.sync(() => preflightResponse("GET, POST, DELETE, OPTIONS"))
      if (url.pathname.startsWith(WELL_KNOWN)) {
        return Effect.sync(() => new Response(null, { status: 404, headers: corsHeaders }))
      }
      return Effect.map(check(request), (outcome) => (outcome._tag === "Access" ? outcome : outcome.response))
    }

    const respond = (request: Request): Effect.Effect<Access | Response> =>
      Effect.suspend(() => route(request)).pipe(
        Effect.catchDefect((defect) => Effect.as(Effect.logError("the guard failed", defect), internalError()))
      )

    return { check, respond, protectedResourceMetadata: document, metadataPath: pathname + search, metadataUrl }
  })
