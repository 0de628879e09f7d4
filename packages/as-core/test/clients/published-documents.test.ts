import { beforeEach, describe, expect, it } from "vitest"
import { asserted, claims, jws, publicJwk, rsa } from "../assertion/signing.ts"
import { authorizeUrl, Browser, makeWorld, tokenRequest, type World } from "../fixture.ts"
import { chatGpt, claude, claudeCode, visualStudioCode } from "./published.ts"
import { Web } from "./web.ts"

let web: Web
let world: World
beforeEach(async () => {
  web = new Web()
  for (const document of [claude, claudeCode, chatGpt, visualStudioCode]) {
    web.at.set(document.client_id, { text: JSON.stringify(document), cacheControl: "public, max-age=300" })
  }
  world = await makeWorld({ registration: { documents: { transport: web } } })
})

const complete = async (client_id: string, redirect_uri: string, fields: Parameters<typeof tokenRequest>[0] = {}) => {
  const browser = new Browser(world)
  const facts = await browser.openConsent(authorizeUrl({ client_id, redirect_uri }))
  const answer = await browser.approve(authorizeUrl({ client_id, redirect_uri }))
  const code = answer.searchParams.get("code") ?? ""
  const tokens = await world.handle(tokenRequest({ client_id, code, redirect_uri, ...fields }))
  return { facts, at: answer.origin + answer.pathname, tokens: [tokens.status, await tokens.json()] }
}

const tokens = [200, { token_type: "Bearer", refresh_token: expect.any(String) }]

describe("the document of", () => {
  it("Claude, whose grant types name one that is not served, is a public client's", async () => {
    const [redirectUri = ""] = claude.redirect_uris
    expect(await complete(claude.client_id, redirectUri)).toMatchObject({
      facts: {
        page: "consent",
        client: { name: "Claude", host: "claude.ai", origin: "document", clientUri: "https://claude.ai" },
        redirectHost: "claude.ai",
        redirectIsLoopback: false
      },
      at: redirectUri,
      tokens
    })
  })

  it("Claude Code may be answered on any port of this computer, and the page says so [CIM-29]", async () => {
    for (const redirectUri of ["http://localhost:54545/callback", "http://127.0.0.1:52163/callback"]) {
      expect(await complete(claudeCode.client_id, redirectUri)).toMatchObject({
        facts: {
          page: "consent",
          client: { name: "Claude Code", host: "claude.ai" },
          redirectHost: new URL(redirectUri).host,
          redirectIsLoopback: true
        },
        at: redirectUri,
        tokens
      })
    }
  })

  it("Claude Code is asked about each time: no consent is remembered for what ends on this computer [CIM-29]", async () => {
    const browser = new Browser(world)
    const at = authorizeUrl({ client_id: claudeCode.client_id, redirect_uri: "http://localhost:1/callback" })
    await browser.approve(at)
    expect((await browser.openConsent(at)).page).toBe("consent")
  })

  it("ChatGPT names private_key_jwt and where its keys are, and says that it could do without", async () => {
    const key = rsa()
    const [redirectUri = ""] = chatGpt.redirect_uris
    web.at.set(chatGpt.jwks_uri, { text: JSON.stringify({ keys: [publicJwk(key, { kid: "one", alg: "RS256" })] }) })
    const header = { alg: "RS256", kid: "one", typ: "JWT" }
    const assertion = jws(header, claims(chatGpt.client_id), key.privateKey, "RS256")
    expect(await complete(chatGpt.client_id, redirectUri, asserted(assertion))).toMatchObject({
      facts: { page: "consent", client: { name: "ChatGPT", host: "chatgpt.com" } },
      at: redirectUri,
      tokens
    })
    expect(await complete(chatGpt.client_id, redirectUri)).toMatchObject({ tokens: [401, { error: "invalid_client" }] })
    expect(web.urls).toEqual([chatGpt.client_id, chatGpt.jwks_uri])
  })

  it("Visual Studio Code names a grant type that is not served, its site and this computer", async () => {
    for (const redirectUri of ["https://vscode.dev/redirect", "http://127.0.0.1:33418/", "http://127.0.0.1:60123/"]) {
      expect(await complete(visualStudioCode.client_id, redirectUri)).toMatchObject({
        facts: { page: "consent", client: { name: "Visual Studio Code", host: "vscode.dev" } },
        at: redirectUri,
        tokens
      })
    }
  })
})
