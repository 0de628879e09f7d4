import type { VerifiedToken } from "@postern/jwt-verify"
import type { Operation } from "@postern/scope"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Behind, publicAccess, tokenAccess } from "./access.ts"
import { checkMediaType } from "./body.ts"
import type { Configuration } from "./configuration.ts"
import { corsHeaders, preflightAnswer } from "./cors.ts"
import { type Credentials, likelyToken, readCredentials, type Scheme } from "./credentials.ts"
import { decide } from "./decide.ts"
import type { Access, Answer, Begun, Head, PublicAccess, ReadBody, Refused } from "./incoming.ts"
import { messageId } from "./json-object.ts"
import { type Message, parseMessage } from "./message.ts"
import { ownerOf } from "./outgoing.ts"
import {
  BodyTooLarge,
  MessageMalformed,
  MethodUnsupported,
  type Refusal,
  SessionUnknown,
  TokenUnbound
} from "./rejections.ts"
import { makeTeller } from "./teller.ts"
import { toolChallengeAnswer } from "./tool-challenge.ts"
import type { TokenRefusal } from "./token-verifier.ts"
import { asksForToken, describe, internalError, makeRefuse } from "./wire.ts"

/** The guard without a platform: no request and no response of the web in it, and nothing waits but `wait`. */
export interface Core {
  /** `undefined`: something has to be waited for. Throws for what is a bug. */
  readonly begin: (head: Head, nowMillis: number) => Begun | undefined
  readonly wait: (head: Head) => Effect.Effect<Begun>
}

/** Who sent a request, as far as the rest has to do with it. */
interface Caller {
  readonly head: Head
  readonly scheme: Scheme
  readonly startedAt: number
  /** A token that was verified; the request may be refused all the same. */
  readonly token: VerifiedToken | undefined
}

/** A caller with a good token. */
interface Bearer extends Caller {
  readonly token: VerifiedToken
  readonly nonce: string | undefined
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "DELETE"])
const WELL_KNOWN = "/.well-known/"
const SESSION: ReadonlyArray<Operation> = [{ kind: "session" }]
const NO_BODY: Message = { json: undefined, operations: SESSION }

// How much is read of somebody who has shown no good token, only to find out what is wanted.
const ANONYMOUS_BYTES = 65_536

const notFound: Begun = { _tag: "Finished", answer: { status: 404, headers: corsHeaders, body: null } }
const preflight: Begun = { _tag: "Finished", answer: preflightAnswer("GET, POST, DELETE, OPTIONS") }
const broken: Begun = { _tag: "Finished", answer: internalError }

const readMessage = (head: Head, body: ReadBody, maximumBytes: number): Result.Result<Message, Refusal> => {
  if (head.method !== "POST") return Result.succeed(NO_BODY)
  if (body === undefined || body === "unreadable") return Result.fail(new MessageMalformed({ reason: "unreadable" }))
  if (body === "too-large" || body.length > maximumBytes) return Result.fail(new BodyTooLarge({ maximumBytes }))
  const wrong = checkMediaType(head, body)
  return wrong === undefined ? parseMessage(body, head) : Result.fail(wrong)
}

// The path alone: whatever host the request names, the public URL is configuration.
const pathOf = (target: string): string => {
  const path = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "")
  return path.split(/[?#]/, 1)[0] ?? ""
}

/** Makes the part of a guard that decides, from options that were checked. */
export const makeCore = (configuration: Configuration): Core => {
  const { documentFor, facts, maximumBodyBytes, origin, policy, proofs, proofsRequired, sessions } = configuration
  const { challengeForm, verifier } = configuration
  const refuse = makeRefuse(facts)
  const tell = makeTeller(configuration)
  const credentialsOptions = { dpop: proofs !== undefined }
  const bound = { acceptBound: true }
  const anonymousBytes = Math.min(ANONYMOUS_BYTES, maximumBodyBytes)

  const refused = (
    rejection: Refusal,
    answer: Answer,
    { startedAt, token }: Caller,
    operations: ReadonlyArray<Operation>
  ): Refused => {
    tell(rejection, answer.status, token, operations, startedAt)
    return { _tag: "Refused", answer, rejection }
  }

  const finished = (rejection: Refusal, caller: Caller): Begun => {
    const { answer } = refused(rejection, refuse(rejection, caller.scheme), caller, [])
    return { _tag: "Finished", answer, rejection }
  }

  // The same refusal in the form that some hosts read: as the result of the call.
  const answerTo = (rejection: Refusal, { head, scheme }: Caller, message: unknown): Answer => {
    const answer = refuse(rejection, scheme)
    if (message === undefined || !asksForToken(rejection) || challengeForm(head) !== "result") return answer
    const { "WWW-Authenticate": challenge = "", ...headers } = answer.headers
    const result = toolChallengeAnswer(message, challenge, describe(rejection))
    return result === undefined ? answer : { ...result, headers: { ...headers, ...result.headers } }
  }

  const behindOf = (head: Head, nonce?: string): Behind => ({
    method: head.method,
    sessionId: head.header("mcp-session-id"),
    nonce
  })

  // MCP transports, Session Management: an id of somebody else is as good as none.
  const unknownSession = (
    { sessionId }: Behind,
    token: VerifiedToken | undefined,
    message: unknown
  ): SessionUnknown | undefined =>
    sessionId === null || sessions.accepts(sessionId, token && ownerOf(token))
      ? undefined
      : new SessionUnknown({ id: messageId(message) })

  const finishWithToken = (bearer: Bearer, body: ReadBody): Access | Refused => {
    const { head, nonce, scheme, startedAt, token } = bearer
    const read = readMessage(head, body, maximumBodyBytes)
    if (Result.isFailure(read)) return refused(read.failure, refuse(read.failure, scheme), bearer, [])
    const { json: message, operations } = read.success
    const behind = behindOf(head, nonce)
    const rejection = unknownSession(behind, token, message) ?? decide(token.scope, operations, policy)
    if (rejection !== undefined) return refused(rejection, answerTo(rejection, bearer, message), bearer, operations)
    tell(undefined, undefined, token, operations, startedAt)
    return tokenAccess(token, { message, operations }, policy, behind)
  }

  const withToken = (bearer: Bearer): Begun => {
    if (proofsRequired && bearer.scheme === "Bearer") return withoutToken(new TokenUnbound(), bearer)
    return {
      _tag: "Pending",
      readsBody: bearer.head.method === "POST",
      maximumBodyBytes,
      finish: (body) => finishWithToken(bearer, body)
    }
  }

  // What the message wants decides whether it may pass, and how it is refused; whatever is wrong with the body is not told.
  const finishWithoutToken = (rejection: Refusal, caller: Caller, body: ReadBody): PublicAccess | Refused => {
    const { head, scheme, startedAt } = caller
    const read = readMessage(head, body, anonymousBytes)
    const { json: message, operations } = Result.getOrElse(read, () => ({ ...NO_BODY, operations: [] }))
    if (rejection._tag !== "TokenMissing" || !policy.isPublic(operations)) {
      return refused(rejection, answerTo(rejection, caller, message), caller, operations)
    }
    const behind = behindOf(head)
    const unknown = unknownSession(behind, undefined, message)
    if (unknown !== undefined) return refused(unknown, refuse(unknown, scheme), caller, operations)
    tell(undefined, undefined, undefined, operations, startedAt)
    return publicAccess({ message, operations }, policy, behind)
  }

  const withoutToken = (rejection: Refusal, caller: Caller): Begun => {
    const mayBePublic = rejection._tag === "TokenMissing" && policy.hasPublic
    const mayBeResult = asksForToken(rejection) && challengeForm(caller.head) === "result"
    if (caller.head.method !== "POST" || !(mayBePublic || mayBeResult)) return finished(rejection, caller)
    return {
      _tag: "Pending",
      readsBody: true,
      maximumBodyBytes: anonymousBytes,
      finish: (body) => finishWithoutToken(rejection, caller, body)
    }
  }

  /** What has nothing to do with tokens. */
  const route = ({ method, target }: Head): Begun | undefined => {
    const wellKnown = target.startsWith(WELL_KNOWN)
    const document = wellKnown ? documentFor(target, method) : undefined
    if (document !== undefined) return { _tag: "Finished", answer: document }
    if (method === "OPTIONS") return preflight
    return wellKnown ? notFound : undefined
  }

  const remembered = (text: string, head: Head, scheme: Scheme, nowMillis: number, startedAt: number) => {
    const known = verifier.recall?.(text, nowMillis, scheme === "DPoP" ? bound : undefined)
    if (known === undefined) return undefined
    return Result.isSuccess(known)
      ? withToken({ head, scheme, startedAt, token: known.success, nonce: undefined })
      : withoutToken(known.failure, { head, scheme, startedAt, token: undefined })
  }

  const begin = (head: Head, nowMillis: number): Begun | undefined => {
    const startedAt = performance.now()
    const routed = route(head)
    if (routed !== undefined) return routed
    const stranger: Caller = { head, scheme: "Bearer", startedAt, token: undefined }
    if (!METHODS.has(head.method)) return finished(new MethodUnsupported(), stranger)
    const authorization = head.header("authorization")
    const likely = likelyToken(authorization)
    const begun = likely === undefined ? undefined : remembered(likely, head, "Bearer", nowMillis, startedAt)
    if (begun !== undefined) return begun
    const credentials = readCredentials(authorization, credentialsOptions)
    if (Result.isFailure(credentials)) return withoutToken(credentials.failure, stranger)
    const { scheme, token } = credentials.success
    return scheme === "DPoP" || token === likely ? undefined : remembered(token, head, scheme, nowMillis, startedAt)
  }

  const verify = (
    token: string,
    nowMillis: number,
    options?: typeof bound
  ): Effect.Effect<VerifiedToken, TokenRefusal> => {
    const known = verifier.recall?.(token, nowMillis, options)
    return known === undefined ? verifier.verify(token, options) : Effect.fromResult(known)
  }

  const identify = (caller: Caller, { scheme, token: text }: Credentials, nowMillis: number) =>
    Effect.gen(function* () {
      const stranger = (rejection: Refusal): Begun => withoutToken(rejection, caller)
      if (scheme === "Bearer" || proofs === undefined) {
        const token = yield* Effect.mapError(verifier.verify(text), stranger)
        return withToken({ ...caller, token, nonce: undefined })
      }
      const { head } = caller
      const token = yield* Effect.mapError(verify(text, nowMillis, bound), stranger)
      const thumbprint = token.keyThumbprint
      if (thumbprint === undefined) return withoutToken(new TokenUnbound(), { ...caller, token })
      // After the token: a proof of somebody without one is not worth remembering.
      const proof = proofs.verify({
        proof: head.header("dpop"),
        method: head.method,
        url: origin + pathOf(head.target),
        accessToken: text,
        thumbprint
      })
      yield* Effect.mapError(proof, (rejection) => withoutToken(rejection, { ...caller, token }))
      return withToken({ ...caller, token, nonce: yield* proofs.nonce })
    }).pipe(Effect.catch((refused) => Effect.succeed(refused)))

  const wait = (head: Head): Effect.Effect<Begun> =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMillis) => {
      const startedAt = performance.now()
      const begun = begin(head, nowMillis)
      if (begun !== undefined) return Effect.succeed(begun)
      const read = readCredentials(head.header("authorization"), credentialsOptions)
      const scheme = Result.isSuccess(read) ? read.success.scheme : "Bearer"
      const caller: Caller = { head, scheme, startedAt, token: undefined }
      return Result.isSuccess(read)
        ? identify(caller, read.success, nowMillis)
        : Effect.succeed(withoutToken(read.failure, caller))
    }).pipe(Effect.catchDefect((defect) => Effect.as(Effect.logError("the guard failed", defect), broken)))

  return { begin, wait }
}
