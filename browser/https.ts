// The session's cookie where the issuer is https.
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Result from "effect/Result"
import { decodeConfiguration, startAuthorizationServer } from "../apps/authorization-server/src/index.ts"
import { freePort, makeCertificate } from "../apps/demo/src/index.ts"
import type { Checks } from "./checks.ts"
import { withBrowser } from "./chromium.ts"
import { authorizationUrl } from "./stranger.ts"

const RESOURCE = "http://127.0.0.1:9/mcp"
const CALLBACK = "http://127.0.0.1:9/callback"

/** Starts an authorization server that ends TLS itself. */
export const checkHttps = async (checks: Checks): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-browser-https-"))
  const certificate = await makeCertificate(new Date())
  const tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") }
  await writeFile(tls.cert, certificate.cert)
  await writeFile(tls.key, certificate.key, { mode: 0o600 })
  const port = await freePort()
  const issuer = `https://127.0.0.1:${port}`
  const configuration = decodeConfiguration({
    issuer,
    listen: { port, tls },
    store: `sqlite:${join(folder, "as.sqlite")}`,
    keys: { encryptionKey: `file:${join(folder, "encryption.key")}` },
    resources: [{ resource: RESOURCE, scopes: { "notes:read": { description: "Read your notes" } } }],
    clients: [{ clientId: "app", name: "App", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" }]
  })
  const server = await startAuthorizationServer(Result.getOrThrow(configuration), { tell: () => undefined })
  try {
    const use = withBrowser(
      async (context) => {
        const page = await context.newPage()
        const facts = { clientId: "app", redirectUri: CALLBACK, resource: RESOURCE }
        const response = await page.goto(authorizationUrl(issuer, facts))
        checks.same("the login page comes", [response?.status(), await page.locator("form").count()], [200, 1])
        const [cookie] = await context.cookies(issuer)
        checks.that(
          "the browser keeps a cookie that no other host can set",
          cookie?.name.startsWith("__Host-postern") === true,
          cookie?.name
        )
        checks.same(
          "Secure, HttpOnly, SameSite=Lax, for this host alone",
          cookie && [cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.domain, cookie.path],
          [true, true, "Lax", "127.0.0.1", "/"]
        )
        checks.that("and https for what comes", response?.headers()["strict-transport-security"] !== undefined)
      },
      { ignoreHTTPSErrors: true }
    )
    await use
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}
