// The three parsers behind one signature: a response with the header in, what was read of it out. Each is loaded alone, so
// that a process that measures one has not loaded the others.

/** What was read of a header, in the words of the tables. */
export interface Reading {
  /** What the parser says that it found. */
  readonly found: string
  /** The `resource_metadata` of the first Bearer challenge. */
  readonly resourceMetadata: string | undefined
}

/** A parser, and what its answer amounts to. */
export interface Parser {
  (response: Response): unknown
  readonly read: (response: Response) => Promise<Reading>
}

const challengeParser = async (): Promise<Parser> => {
  const Result = await import("effect/Result")
  const { findBearerChallenge, parseChallenges } = await import("../packages/challenge-parser/src/index.ts")
  const parse = (response: Response) => parseChallenges(response.headers.get("www-authenticate"))
  const read = async (response: Response): Promise<Reading> => {
    const parsed = parse(response)
    if (Result.isFailure(parsed)) return { found: parsed.failure._tag, resourceMetadata: undefined }
    const bearer = Result.getOrUndefined(findBearerChallenge(parsed.success))
    return { found: counted(parsed.success.length), resourceMetadata: bearer?.resourceMetadata }
  }
  return Object.assign(parse, { read })
}

/** Its parser is not exported: the challenges are the cause of what a processing function rejects with. */
const oauth4webapi = async (): Promise<Parser> => {
  const { processRefreshTokenResponse, WWWAuthenticateChallengeError } = await import("oauth4webapi")
  const server = { issuer: "https://as.example.com" }
  const client = { client_id: "c1" }
  const parse = (response: Response): Promise<unknown> =>
    processRefreshTokenResponse(server, client, response).catch((error: unknown) => error)
  const read = async (response: Response): Promise<Reading> => {
    const error = await parse(response)
    if (!(error instanceof WWWAuthenticateChallengeError)) return { found: "nothing", resourceMetadata: undefined }
    const bearer = error.cause.find(({ scheme }) => scheme === "bearer")
    return { found: counted(error.cause.length), resourceMetadata: bearer?.parameters["resource_metadata"] }
  }
  return Object.assign(parse, { read })
}

const sdk = async (): Promise<Parser> => {
  const { extractWWWAuthenticateParams } = await import("@modelcontextprotocol/client")
  const parse = (response: Response) => extractWWWAuthenticateParams(response)
  const read = async (response: Response): Promise<Reading> => {
    const answer = parse(response)
    const found = Object.values(answer).filter((value) => value !== undefined).length
    return {
      found: found === 0 ? "nothing" : `${found} of its 4 parameters`,
      resourceMetadata: answer.resourceMetadataUrl?.href
    }
  }
  return Object.assign(parse, { read })
}

const counted = (challenges: number): string => `${challenges} challenge${challenges === 1 ? "" : "s"}`

/** How each parser is loaded. */
export const PARSERS = { "challenge-parser": challengeParser, oauth4webapi, sdk } as const
export type ParserName = keyof typeof PARSERS
export const isParserName = (name: string | undefined): name is ParserName => name !== undefined && name in PARSERS

/** The response that carries a header. Status 500 keeps oauth4webapi from looking for an error in the body. */
export const responseWith = (header: string): Response =>
  new Response(null, { status: 500, headers: { "www-authenticate": header } })
