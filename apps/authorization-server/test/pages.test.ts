import { pages } from "@postern/app-authorization-server"
import { describe, expect, it } from "vitest"

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(1)'>&amp;`

const form = {
  action: "/consent",
  hidden: [{ name: "csrf", value: HOSTILE }],
  styleNonce: "n0nce"
}
const client = {
  name: HOSTILE,
  host: HOSTILE,
  origin: "document",
  clientUri: `https://e/x${HOSTILE}`,
  policyUri: `https://e/p${HOSTILE}`,
  tosUri: `https://e/t${HOSTILE}`
} as const

const consent = (change: object = {}) =>
  pages.consent({
    ...form,
    client,
    person: { name: HOSTILE },
    redirectHost: "client.example.com",
    redirectIsLoopback: false,
    resources: [{ resource: "https://mcp.example.com/mcp", name: HOSTILE }],
    scopes: [{ scope: "notes:read", description: HOSTILE, administratorsOnly: false }],
    withheld: [{ scope: "notes:admin", description: HOSTILE }],
    ...change
  })

describe("every page", () => {
  it.each([
    ["sign-in", () => pages.signIn({ ...form, client, failed: true })],
    ["consent", () => consent()],
    ["error", () => pages.error({ status: 400, title: HOSTILE, detail: HOSTILE, spec: HOSTILE, styleNonce: "n" })]
  ])("keeps hostile text text: %s", (_, render) => {
    const html = render()
    expect(html).not.toMatch(/<script|<img|onerror='/)
    expect(html).toContain("&quot;&gt;&lt;script&gt;")
    expect(html).toContain("&amp;amp;")
  })

  it("has no script and one style with the nonce", () => {
    expect(consent()).toContain('<style nonce="n0nce">')
    expect(consent().match(/<style/g)).toHaveLength(1)
  })
})

describe("the consent page", () => {
  it("shows the client's name, its host, the redirect's host, the resource and each scope", () => {
    const html = consent({ client: { ...client, name: "Desk", host: "desk.example.com" } })
    for (const fact of [
      "Desk",
      "<code>desk.example.com</code>",
      "<code>client.example.com</code>",
      "<code>https://mcp.example.com/mcp</code>",
      'name="scope" value="notes:read" checked',
      "<code>notes:admin</code>"
    ]) {
      expect(html).toContain(fact)
    }
  })

  it("shows the logo that it is handed, and no image where there is none", () => {
    const logo = "data:image/png;base64,iVBORw0KGgo="
    expect(consent({ client: { ...client, logo } })).toContain(`<img src="${logo}" alt=""`)
    expect(consent()).not.toContain("<img")
  })

  it("says that an unverified name is unverified", () => {
    expect(consent({ client: { ...client, origin: "registered" } })).toContain("the name is not verified")
    expect(consent({ client: { ...client, origin: "configured" } })).toContain("known to this server")
  })

  it("warns when the answer goes to a program on this computer", () => {
    expect(consent()).not.toContain("a program on this computer")
    expect(consent({ redirectIsLoopback: true })).toContain("a program on this computer")
  })

  it("offers to refuse before it offers to allow", () => {
    const html = consent()
    expect(html.indexOf('value="deny"')).toBeGreaterThan(0)
    expect(html.indexOf('value="deny"')).toBeLessThan(html.indexOf('value="approve"'))
  })
})
