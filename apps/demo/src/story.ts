import * as Result from "effect/Result"
import * as z from "zod/mini"
import { decodeConfiguration } from "@postern/app-authorization-server"
import { findBearerChallenge, parseChallenges } from "@postern/challenge-parser"
import { makeActor } from "./actor.ts"
import { actByHand } from "./by-hand.ts"
import { type Login, windowlessLogin } from "./login.ts"
import type { World } from "./world.ts"

/** One thing that is tried: `run` says in words what came back, and the story holds when it is what was expected. */
export interface Step {
  readonly title: string
  readonly expected: string
  readonly run: () => Promise<string>
}

/**
 * The story of a client and two servers that have never met, from the first 401 to what an attacker would try. `login` is
 * Alice at her browser; the administrator has one of her own.
 */
export const makeStory = (world: World, login: Login): ReadonlyArray<Step> => {
  const desk = { name: "Demo desk", clientIdMetadataUrl: world.clientDocument }
  const alice = makeActor(world, login, desk)
  const ada = makeActor(world, windowlessLogin(world.administrator), desk)
  const stranger = makeActor(world, login, { name: "Archive reader" })
  const hand = memo(() => actByHand(world, world.user))

  const registeredBy = (actor: typeof alice): string =>
    [...new Set(actor.events.flatMap((event) => (event._tag === "RegistrationChosen" ? [WAYS[event.way]] : [])))].join(
      ", "
    )
  const scopeHeld = async (actor: typeof alice, resource: string): Promise<string> =>
    String(claimsOf(await actor.token(resource))["scope"])

  return [
    {
      title: "a call without a token",
      expected: "401 Bearer with resource_metadata, scope",
      run: async () => describeChallenge(await (await hand()).call(world.notes))
    },
    {
      title: "discovery, registration by metadata document, login, consent, call",
      expected: "read_notes: no notes (registered by metadata document, scope notes:read)",
      run: async () => {
        const said = await alice.call(world.notes, "read_notes")
        return `read_notes: ${said} (registered ${registeredBy(alice)}, scope ${await scopeHeld(alice, world.notes)})`
      }
    },
    {
      title: "what the consent page showed",
      expected: "the client's name, its host, the redirect's host, the loopback warning",
      run: () => {
        const page = alice.pages.find(({ kind }) => kind === "consent")?.text ?? ""
        const facts: ReadonlyArray<readonly [string, boolean]> = [
          ["the client's name", page.includes("Demo desk")],
          ["its host", page.includes(new URL(world.clientDocument).host)],
          ["the redirect's host", /Sends you to\s*127\.0\.0\.1:\d+/.test(page)],
          ["the loopback warning", page.includes("a program on this computer")]
        ]
        return Promise.resolve(
          facts
            .filter(([, shown]) => shown)
            .map(([fact]) => fact)
            .join(", ")
        )
      }
    },
    {
      title: "a tool that needs more: 403, consent for more, call",
      expected: "write_note: written (scope notes:read notes:write)",
      run: async () => {
        const said = await alice.call(world.notes, "write_note", { text: "buy bread" })
        return `write_note: ${said} (scope ${await scopeHeld(alice, world.notes)})`
      }
    },
    {
      title: "the first server's token at the second server",
      expected: "401 invalid_token",
      run: async () => describeError(await (await hand()).call(world.archive, await alice.token(world.notes)))
    },
    {
      title: "the same client asks for a token of the second server",
      expected: "read_notes: no notes (audience the second server, scope notes:read)",
      run: async () => {
        const said = await alice.call(world.archive, "read_notes")
        const token = await alice.token(world.archive)
        return `read_notes: ${said} (audience ${audienceOf(token, world)}, scope ${await scopeHeld(alice, world.archive)})`
      }
    },
    {
      title: "a client that registers dynamically gets a token for the second server",
      expected: "read_notes: no notes (registered dynamically, audience the second server)",
      run: async () => {
        const said = await stranger.call(world.archive, "read_notes")
        const audience = audienceOf(await stranger.token(world.archive), world)
        return `read_notes: ${said} (registered ${registeredBy(stranger)}, audience ${audience})`
      }
    },
    {
      title: "an administrators' scope, asked for by an ordinary user",
      expected: "ScopeNotGranted",
      run: () => refusalOf(() => alice.call(world.notes, "purge_notes"))
    },
    {
      title: "the same scope, asked for by an administrator",
      expected: "purge_notes: purged (people: 1)",
      run: async () => `purge_notes: ${await ada.call(world.notes, "purge_notes")}`
    },
    {
      title: "an authorization code, used twice",
      expected:
        "first 200; again 400 invalid_grant; its refresh token 400 invalid_grant; " +
        "its access token 200 (it lives out its 10 minutes)",
      run: async () => {
        const { authorize, call, exchange, refresh } = await hand()
        const visit = await authorize()
        if (visit._tag !== "Redirected") return `stopped with ${visit.status}`
        const code = new URL(visit.callbackUrl).searchParams.get("code") ?? ""
        const first = await exchange(code)
        const again = await exchange(code)
        const refreshed = await refresh(first.body.refresh_token ?? "")
        const { exp, iat } = claimsOf(first.body.access_token ?? "")
        const used = await call(world.notes, first.body.access_token)
        return (
          `first ${first.status}; again ${again.status} ${again.body.error}; ` +
          `its refresh token ${refreshed.status} ${refreshed.body.error}; ` +
          `its access token ${used.status} (it lives out its ${(Number(exp) - Number(iat)) / 60} minutes)`
        )
      }
    },
    {
      title: "a redirect URI that is off by one character",
      expected: "a page with status 400, no redirect",
      run: async () => {
        const { authorize, redirectUri } = await hand()
        return describeVisit(await authorize({ redirect_uri: `${redirectUri}/` }))
      }
    },
    {
      title: "response_type=token",
      expected: "redirect with error=unsupported_response_type and iss",
      run: async () => describeVisit(await (await hand()).authorize({ response_type: "token" }))
    },
    {
      title: "a request without PKCE",
      expected: "redirect with error=invalid_request and iss",
      run: async () => {
        const { authorize } = await hand()
        return describeVisit(await authorize({ code_challenge: undefined, code_challenge_method: undefined }))
      }
    },
    {
      title: "PKCE with the method plain",
      expected: "redirect with error=invalid_request and iss",
      run: async () => describeVisit(await (await hand()).authorize({ code_challenge_method: "plain" }))
    },
    {
      title: "an authorization server with an http issuer off loopback",
      expected: "refused: issuer: the URL must be https, or http on a loopback host",
      run: () => Promise.resolve(configureInsecure(world))
    }
  ]
}

/** The client's words for how it got its client id, for people. */
const WAYS = {
  asked: "by hand",
  configured: "beforehand",
  document: "by metadata document",
  registered: "dynamically",
  stored: "earlier"
} as const

const memo = <A>(make: () => Promise<A>): (() => Promise<A>) => {
  let made: Promise<A> | undefined
  return () => (made ??= make())
}

/** The claims of a token, for the table only: whoever relies on them verifies the signature first. */
const claimsOf = (token: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()))

const audienceOf = (token: string, world: World): string => {
  const { aud } = claimsOf(token)
  return aud === world.archive ? "the second server" : JSON.stringify(aud)
}

const challengeOf = (response: Response) =>
  Result.getOrThrow(findBearerChallenge(Result.getOrThrow(parseChallenges(response.headers.get("www-authenticate")))))

const describeChallenge = (response: Response): string => {
  const challenge = challengeOf(response)
  const named = Object.entries({
    error: challenge?.error,
    resource_metadata: challenge?.resourceMetadata,
    scope: challenge?.scope
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return `${response.status} ${challenge === undefined ? "no challenge" : "Bearer"} with ${named.join(", ")}`
}

const describeError = (response: Response): string => `${response.status} ${challengeOf(response)?.error ?? "no error"}`

const describeVisit = (visit: Awaited<ReturnType<Awaited<ReturnType<typeof actByHand>>["authorize"]>>): string => {
  if (visit._tag === "Stopped") {
    return `a page with status ${visit.status}, ${visit.location === null ? "no redirect" : "a redirect"}`
  }
  const answer = new URL(visit.callbackUrl).searchParams
  const named = [...answer.keys()].includes("iss") ? " and iss" : ""
  return answer.has("code") ? "redirect with a code" : `redirect with error=${answer.get("error")}${named}`
}

const refusalOf = async (attempt: () => Promise<string>): Promise<string> => {
  try {
    return `allowed: ${await attempt()}`
  } catch (error) {
    return tagOf(error)
  }
}

/** The tag of a rejection, which the SDK may have wrapped. */
const tagOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if ("_tag" in error && typeof error._tag === "string") return error._tag
  return error.cause === undefined ? error.message : tagOf(error.cause)
}

const configureInsecure = (world: World): string =>
  Result.match(
    decodeConfiguration({
      issuer: world.issuer.replace("127.0.0.1", "as.example.com"),
      listen: { port: 9000 },
      store: "memory:",
      keys: { encryptionKey: "file:encryption.key" },
      resources: [{ resource: world.notes, scopes: { "notes:read": { description: "Read your notes" } } }]
    }),
    {
      onSuccess: () => "accepted",
      onFailure: ({ issues }) => `refused: ${issues.map(({ key, reason }) => `${key}: ${reason}`).join(", ")}`
    }
  )
