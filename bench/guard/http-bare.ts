// A bare server: reads the body, keeps a hand-written cache of verified tokens, asks jose for the rest.
import { createServer } from "node:http"
import { createLocalJWKSet, jwtVerify } from "jose"
import { ISSUER, RESOURCE } from "./issuer.ts"
import { answerOf, begin } from "./http-child.ts"

const { jwks } = begin()
const keys = createLocalJWKSet(jwks)
const cache = new Map<
  string,
  { readonly subject: string; readonly expiresAt: number; readonly scopes: ReadonlySet<string> }
>()

const verify = async (token: string) => {
  const known = cache.get(token)
  if (known !== undefined && known.expiresAt > Date.now() / 1000) return known
  const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: RESOURCE, typ: "at+jwt" })
  const entry = {
    subject: String(payload.sub),
    expiresAt: payload.exp ?? 0,
    scopes: new Set(String(payload["scope"]).split(" "))
  }
  cache.set(token, entry)
  return entry
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const answer = (subject: string) => {
      const message = JSON.parse(Buffer.concat(chunks).toString()) as { readonly id: number }
      response.writeHead(200, { "content-type": "application/json" }).end(answerOf(message.id, subject))
    }
    const token = (request.headers.authorization ?? "").slice("Bearer ".length)
    const known = cache.get(token)
    if (known !== undefined && known.expiresAt > Date.now() / 1000 && known.scopes.has("notes:read"))
      answer(known.subject)
    else
      verify(token).then(
        ({ subject }) => answer(subject),
        () => response.writeHead(401).end()
      )
  })
})
server.listen(0, "127.0.0.1", () => process.send?.({ address: server.address() }))
