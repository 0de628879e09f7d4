import { createChallenge, createVerifier } from "@postern/pkce/promise"
import { makeMcpServer, makeNetwork, makePersonality, strict, visit } from "@postern/testing"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { CALLBACK, RESOURCE, SECRET_CLIENT } from "./world.ts"

const AUTHORIZE = "https://as.example.com/authorize"
const TOKEN = "https://as.example.com/token"

const begin = async (changes: Readonly<Record<string, string | undefined>> = {}) => {
  const verifier = Result.getOrThrow(await createVerifier())
  const challenge = Result.getOrThrow(await createChallenge(verifier))
  const parameters = {
    response_type: "code",
    client_id: "test-client",
    redirect_uri: CALLBACK,
    code_challenge: challenge,
    code_challenge_method: "S256",
    state: "s",
    resource: RESOURCE,
    scope: "notes.read",
    ...changes
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
  return { verifier, url: `${AUTHORIZE}?${query}` }
}

const redeem = (fetch: typeof globalThis.fetch, form: Readonly<Record<string, string>>, authorization?: string) =>
  fetch(TOKEN, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: authorization === undefined ? {} : { authorization }
  })

const code = async (fetch: typeof globalThis.fetch) => {
  const { url, verifier } = await begin()
  const callback = new URL(await visit(fetch, url))
  return {
    grant_type: "authorization_code",
    client_id: "test-client",
    redirect_uri: CALLBACK,
    code: callback.searchParams.get("code") ?? "",
    code_verifier: verifier,
    resource: RESOURCE
  }
}

describe("the authorization endpoint", () => {
  it("sends a code, the state and its issuer to the redirect URI", async () => {
    const callback = new URL(await visit(makeNetwork(strict()), (await begin()).url))
    expect(callback.href.startsWith(`${CALLBACK}?`)).toBe(true)
    expect(callback.searchParams.get("state")).toBe("s")
    expect(callback.searchParams.get("iss")).toBe("https://as.example.com")
    expect(callback.searchParams.get("code")).toMatch(/^code-/)
  })

  it("shows a page where the client or its redirect URI is not known", async () => {
    const network = makeNetwork(strict())
    for (const changes of [{ client_id: "x" }, { redirect_uri: `${CALLBACK}/x` }, { redirect_uri: undefined }]) {
      await expect(visit(network, (await begin(changes)).url)).rejects.toThrow("shows a page: unknown")
    }
    await expect(visit(network, `${AUTHORIZE}?state=a&state=b`)).rejects.toThrow("shows a page")
  })

  it("refuses a request without PKCE, and one with plain", async () => {
    for (const changes of [{ code_challenge: undefined }, { code_challenge_method: "plain" }]) {
      const callback = new URL(await visit(makeNetwork(strict()), (await begin(changes)).url))
      expect(callback.searchParams.get("error")).toBe("invalid_request")
    }
  })
})

describe("the token endpoint", () => {
  it("redeems a code once, for its client, redirect URI and verifier", async () => {
    const network = makeNetwork(strict())
    const form = await code(network)
    const tokens = await redeem(network, form)
    expect(await tokens.json()).toMatchObject({ token_type: "Bearer", expires_in: 3600, scope: "notes.read" })
    expect(await (await redeem(network, form)).json()).toEqual({ error: "invalid_grant" })
    for (const change of [{ redirect_uri: "http://127.0.0.1:3999/other" }, { code_verifier: "a".repeat(43) }]) {
      const answer = await redeem(network, { ...(await code(network)), ...change })
      expect([answer.status, await answer.json()]).toEqual([400, { error: "invalid_grant" }])
    }
  })

  it("replaces a refresh token when it is used", async () => {
    const network = makeNetwork(strict())
    const { refresh_token } = await (await redeem(network, await code(network))).json()
    const form = { grant_type: "refresh_token", client_id: "test-client", refresh_token }
    expect((await redeem(network, form)).status).toBe(200)
    expect(await (await redeem(network, form)).json()).toEqual({ error: "invalid_grant" })
  })

  it("wants the secret of a client that has one, in one place", async () => {
    const network = makeNetwork(strict({ clients: [SECRET_CLIENT] }))
    const { clientId: client_id, clientSecret: client_secret } = SECRET_CLIENT
    const grant = { grant_type: "client_credentials", resource: RESOURCE }
    const basic = `Basic ${btoa(`${client_id}:${encodeURIComponent(client_secret)}`)}`
    expect((await redeem(network, { ...grant, client_id, client_secret })).status).toBe(200)
    expect((await redeem(network, grant, basic)).status).toBe(200)
    for (const [form, authorization] of [
      [{ ...grant, client_id }],
      [{ ...grant, client_id, client_secret: "wrong" }],
      [{ ...grant, client_id, client_secret }, basic],
      [grant, "Bearer x"],
      [grant, "Basic %"]
    ] as const) {
      const answer = await redeem(network, form, authorization)
      expect([answer.status, await answer.json()]).toEqual([401, { error: "invalid_client" }])
    }
  })

  it("refuses what is no token request", async () => {
    const network = makeNetwork(strict())
    for (const form of [{ grant_type: "password" }, {}]) {
      const answer = await redeem(network, { client_id: "test-client", ...form })
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_request" }])
    }
    const twice = await network(TOKEN, { method: "POST", body: "client_id=a&client_id=b" })
    expect(await twice.json()).toEqual({ error: "invalid_request" })
  })
})

it("the registration endpoint registers a public client, and refuses one without a redirect URI", async () => {
  const network = makeNetwork(strict())
  const register = (body: unknown) =>
    network("https://as.example.com/register", { method: "POST", body: JSON.stringify(body) })
  const { client_id } = await (await register({ client_name: "x", redirect_uris: [CALLBACK] })).json()
  expect(new URL(await visit(network, (await begin({ client_id })).url)).searchParams.has("code")).toBe(true)
  for (const body of [null, {}, { redirect_uris: [] }, { redirect_uris: [5] }]) {
    expect((await register(body)).status).toBe(400)
  }
  expect((await network("https://as.example.com/register", { method: "POST", body: "{" })).status).toBe(400)
})

it("an access token ends after an hour, and is for one resource and its scope", async () => {
  let now = 1_000_000
  const personality = strict({ now: () => now })
  const servers = [RESOURCE, "https://other.example.com/mcp"].map((resource) =>
    makeMcpServer({ resource, authorizationServer: personality, scope: ["notes.read"] })
  )
  const writing = makeMcpServer({ resource: RESOURCE, authorizationServer: personality, scope: ["notes.write"] })
  const network = makeNetwork(personality)
  const { access_token } = await (await redeem(network, await code(network))).json()
  const ask = (server: typeof writing) =>
    server.fetch(new Request(server.resource, { headers: { authorization: `Bearer ${access_token}` } }))
  const statuses = () => Promise.all([...servers, writing].map(async (server) => (await ask(server)).status))
  expect(await statuses()).toEqual([200, 401, 403])
  now += 3600
  expect(await statuses()).toEqual([401, 401, 401])
})

it("nobody else is on the network", async () => {
  expect((await makeNetwork(strict())("https://example.com/")).status).toBe(404)
  expect((await makeNetwork(strict())("https://as.example.com/other")).status).toBe(404)
})

it("a personality of one's own is a character: what it does not say is strict", async () => {
  const issuer = "https://quirky.example.com"
  const quirky = makePersonality(
    {
      issuer,
      authorizationEndpoint: `${issuer}/authorize?tenant=1`,
      tokenEndpoint: `${issuer}/token`,
      metadataUrls: [`${issuer}/.well-known/openid-configuration`],
      metadata: { code_challenge_methods_supported: undefined }
    },
    {}
  )
  const network = makeNetwork(quirky)
  const metadata = await (await network(`${issuer}/.well-known/openid-configuration`)).json()
  expect(metadata).toMatchObject({ issuer, authorization_response_iss_parameter_supported: true })
  expect(metadata).not.toHaveProperty("code_challenge_methods_supported")
  const { url } = await begin()
  expect((await visit(network, url.replace(AUTHORIZE, `${issuer}/authorize`))).startsWith(CALLBACK)).toBe(true)
})
