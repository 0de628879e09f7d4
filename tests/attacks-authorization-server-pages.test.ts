// What strangers can bring into the text of the pages. Whether a browser runs anything of it is tried in a browser elsewhere.
import { afterEach, describe, expect, it } from "vitest"
import { authorizeUrl, form, ISSUER, makeBrowser, makeServerWorld } from "./server-world.ts"

const CALLBACK = "https://client.example.org/cb"
const MARKUP = ['"><svg onload=alert(1)>', "<img src=x onerror=alert(1)>", "</title><script>alert(1)</script>"]

const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
const start = async () => {
  const world = await makeServerWorld({
    dynamic: true,
    clients: [{ clientId: "c1", name: MARKUP.join(" "), redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" }]
  })
  closers.push(world.close)
  return world
}

/** Nothing runs, nothing is fetched from elsewhere, and every element is one of ours. */
const isInert = (html: string): void => {
  const elements = new Set(Array.from(html.matchAll(/<\/?([a-z0-9]+)/gi), ([, name = ""]) => name.toLowerCase()))
  for (const name of ["script", "svg", "img", "iframe", "object", "link", "base", "form-x"]) {
    expect(elements).not.toContain(name)
  }
  expect(html).not.toMatch(/<[^>]*\son\w+\s*=/i)
  expect(html).not.toMatch(/<[^>]*\s(?:src|srcset|background)\s*=/i)
  for (const [, url = ""] of html.matchAll(/\shref="([^"]*)"/gi)) expect(url).toMatch(/^https:\/\//)
  for (const [, url = ""] of html.matchAll(/\saction="([^"]*)"/gi)) expect(url).toMatch(/^\/(?:login|consent)$/)
}

describe("the text of a page", () => {
  it("[CNS-12] holds no markup of a request", async () => {
    const world = await start()
    for (const markup of MARKUP) {
      for (const name of [
        "state",
        "login_hint",
        "ui_locales",
        "error_description",
        "scope",
        "client_id",
        "redirect_uri"
      ]) {
        const url = authorizeUrl({ client_id: "c1", redirect_uri: CALLBACK, [name]: markup })
        const response = await world.handle(new Request(url))
        const html = await response.text()
        if (response.headers.get("content-type")?.startsWith("text/html") === true) isInert(html)
        else
          expect(response.headers.get("location")).toMatch(
            /^https:\/\/client\.example\.org\/cb\?[\x21\x23-\x3b\x3d\x3f-\x7e]*$/
          )
        expect(html).not.toContain(markup)
      }
      const posted = await world.handle(form("/consent", { interaction: markup, csrf: markup, decision: markup }))
      isInert(await posted.text())
    }
  })

  it("[DCR-08] holds no markup of a client's, which is shown as it is written", async () => {
    const world = await start()
    for (const [index, markup] of [...MARKUP, "{{7*7}}", "${7*7}"].entries()) {
      const register = (body: object) =>
        world.handle(
          new Request(`${ISSUER}/register`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ redirect_uris: [CALLBACK], ...body })
          })
        )
      for (const uri of ["javascript:alert(1)", "data:text/html,x", 'https://e/x" onerror="alert(1)']) {
        for (const name of ["client_uri", "logo_uri", "tos_uri", "policy_uri"]) {
          expect((await register({ [name]: uri })).status).toBe(400)
        }
      }
      const answer = await register({
        client_name: markup,
        "client_name#ja": markup,
        client_uri: `https://client.example.org/?${encodeURIComponent(markup)}&n=${index}`,
        contacts: [markup]
      })
      expect(answer.status).toBe(201)
      const { client_id } = (await answer.json()) as { readonly client_id: string }
      const browser = makeBrowser(world)
      const { html } = await browser.open(authorizeUrl({ client_id, redirect_uri: CALLBACK }))
      expect(html).toContain('name="decision"')
      isInert(html)
      const entities: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", '"': "&quot;" }
      expect(html).toContain(markup.replace(/[<>"]/g, (character) => entities[character] ?? ""))
    }
  })

  it("[CNS-13] shows a scope by its own name beside what the operator says of it, and none that nobody knows", async () => {
    const world = await start()
    const browser = makeBrowser(world)
    const scope = "notes:read notes:admin <b>"
    const { html } = await browser.open(authorizeUrl({ client_id: "c1", redirect_uri: CALLBACK, scope }))
    isInert(html)
    expect(html).toContain("<code>notes:read</code>")
    expect(html).toContain("Only an administrator can allow these")
    expect(html).toContain("<code>notes:admin</code>")
    expect(html).not.toContain("&lt;b&gt;")
    // A letter that looks like another one is in no scope (RFC 6749 section 3.3).
    const odd = authorizeUrl({ client_id: "c1", redirect_uri: CALLBACK, scope: "notes:re\u0430d" })
    expect((await browser.send(new Request(odd))).headers.get("location")).toContain("error=invalid_scope")
  })

  it("[CNS-19] warns where the answer goes to a program on this computer, and nothing approves by itself", async () => {
    const world = await makeServerWorld({
      clients: [
        {
          clientId: "native",
          name: "Native",
          redirectUris: ["http://localhost:3000/cb"],
          tokenEndpointAuthMethod: "none"
        }
      ]
    })
    closers.push(world.close)
    const browser = makeBrowser(world)
    const url = authorizeUrl({ client_id: "native", redirect_uri: "http://localhost:51234/cb" })
    for (let visit = 0; visit < 2; visit++) {
      const { html } = await browser.open(url)
      isInert(html)
      expect(html).toContain("The answer goes to a program on this computer (<code>localhost:51234</code>)")
      expect(html).not.toMatch(/autofocus|http-equiv|tabindex/i)
      // The first button is the one that Enter presses.
      expect(html.indexOf('value="deny"')).toBeLessThan(html.indexOf('value="approve"'))
      expect((await browser.decide(html, "approve")).headers.get("location")).toContain(
        "http://localhost:51234/cb?code="
      )
    }
  })

  it("[COD-16] names nothing that a browser would fetch from elsewhere", async () => {
    const world = await start()
    const browser = makeBrowser(world)
    const first = await world.handle(new Request(authorizeUrl({ client_id: "c1", redirect_uri: CALLBACK })))
    const consent = await browser.open(authorizeUrl({ client_id: "c1", redirect_uri: CALLBACK }))
    const error = await world.handle(new Request(authorizeUrl({ client_id: "nobody", redirect_uri: CALLBACK })))
    for (const response of [first, consent.response, error]) {
      expect(response.headers.get("referrer-policy")).toBe("no-referrer")
      expect(response.headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'nonce-[\w-]{22}'; img-src data:;/
      )
    }
    for (const html of [await first.text(), consent.html, await error.text()]) isInert(html)
  })
})
