import { FetchRejected, TransportFailed } from "@postern/safe-fetch"
import { beforeEach, describe, expect, it } from "vitest"
import { authorizeUrl, Browser, CALLBACK, factsOf, ISSUER, makeWorld, type World } from "../fixture.ts"
import { type Answer, document, HOME, ID, Web } from "./web.ts"

const LOGO = "https://cdn.example.com/logo.png"
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3)
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3)
const WEBP = new TextEncoder().encode("RIFF\u0001\u0000\u0000\u0000WEBPVP8 ")
const SVG = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')

let web: Web
let logos: Web
let world: World
beforeEach(async () => {
  web = new Web()
  web.next = { text: document({ logo_uri: LOGO }) }
  logos = new Web()
  logos.next = { type: "image/png", bytes: PNG }
  world = await makeWorld({ registration: { documents: { transport: web, logoTransport: logos }, dynamic: {} } })
})

const url = (client_id = ID, redirect_uri = HOME) => authorizeUrl({ client_id, redirect_uri })
const logoOf = async (at = url()) => {
  const page = factsOf(await (await world.handle(new Request(at))).text())
  return page.page === "error" ? page.page : page.client.logo
}

describe("the logo of a client", () => {
  it("is handed to both pages as a data: URI, which is all that they may show", async () => {
    const browser = new Browser(world)
    const page = await browser.get(url())
    expect(page.headers.get("content-security-policy")).toMatch(/(^|; )img-src data:(;|$)/)
    const expected = { client: { logo: "data:image/png;base64,iVBORw0KGgoBAgM=" } }
    expect(factsOf(await page.text())).toMatchObject({ page: "signIn", ...expected })
    expect(await browser.openConsent(url())).toMatchObject({ page: "consent", ...expected })
  })

  it("is asked for once an hour, in the name of the document that names it, as an image", async () => {
    await logoOf()
    world.now += 3599
    await logoOf()
    expect(logos.asked).toEqual([
      {
        url: LOGO,
        headers: { accept: "image/png, image/jpeg, image/webp" },
        types: ["image/png", "image/jpeg", "image/webp"],
        namedBy: ID
      }
    ])
    world.now += 1
    await logoOf()
    expect(logos.asked).toHaveLength(2)
  })

  it("is PNG, JPEG or WebP, by its first bytes and by its type, and 64 kB at most", async () => {
    const shown = async (answer: Answer) => {
      logos.next = answer
      world.now += 3600
      return logoOf()
    }
    expect(await shown({ type: "image/jpeg", bytes: JPEG })).toBe("data:image/jpeg;base64,/9j/4AECAw==")
    expect(await shown({ type: "image/webp; x=y", bytes: WEBP })).toMatch(/^data:image\/webp;base64,/)
    const long = new Uint8Array(65_537)
    long.set(PNG)
    expect(await shown({ type: "image/png", bytes: long.subarray(0, 65_536) })).toHaveLength(22 + 87_384)
    for (const answer of [
      { type: "image/png", bytes: long },
      { type: "image/png", bytes: JPEG },
      { type: "image/png", bytes: SVG },
      { type: "image/svg+xml", bytes: SVG },
      { type: "image/svg+xml", bytes: PNG },
      { type: "text/html", bytes: PNG },
      { type: null, bytes: PNG },
      { type: "image/webp", bytes: WEBP.subarray(0, 11) },
      { type: "image/png", bytes: new Uint8Array() },
      { type: "image/png", bytes: PNG, status: 404 },
      { type: "image/png", bytes: PNG, status: 206 },
      { type: "image/png", text: "" }
    ]) {
      expect(await shown(answer), JSON.stringify(answer.type)).toBeUndefined()
    }
  })

  it("that cannot be had is no error, and is not asked for again for five minutes", async () => {
    for (const failure of [
      new TransportFailed({ reason: "timeout", url: LOGO }),
      new FetchRejected({ reason: "address-forbidden", url: LOGO })
    ]) {
      logos.next = failure
      world = await makeWorld({ registration: { documents: { transport: web, logoTransport: logos } } })
      const before = logos.asked.length
      expect(await logoOf()).toBeUndefined()
      logos.next = { type: "image/png", bytes: PNG }
      world.now += 299
      expect(await logoOf()).toBeUndefined()
      expect(logos.asked.length - before).toBe(1)
      world.now += 1
      expect(await logoOf()).toMatch(/^data:image\/png/)
    }
  })

  it("does not keep a page waiting: it is there for the next one", async () => {
    world.impatient = true
    logos.delayMillis = 20
    expect(await logoOf()).toBeUndefined()
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(logos.asked).toHaveLength(1)
    world.impatient = false
    expect(await logoOf()).toMatch(/^data:image\/png/)
    expect(logos.asked).toHaveLength(1)
  })

  it("is shown for a configured client, and never for one that registered itself", async () => {
    world = await makeWorld({
      registration: { documents: { transport: web, logoTransport: logos }, dynamic: {} },
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none", logoUri: LOGO }
      ]
    })
    expect(await logoOf(authorizeUrl())).toMatch(/^data:image\/png/)
    expect(logos.asked[0]).not.toHaveProperty("namedBy")
    const registered = await world.handle(
      new Request(`${ISSUER}/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ redirect_uris: [CALLBACK], client_name: "Claude", logo_uri: `${LOGO}?2` })
      })
    )
    const { client_id } = (await registered.json()) as { client_id: string }
    expect(await logoOf(authorizeUrl({ client_id }))).toBeUndefined()
    expect(logos.asked).toHaveLength(1)
  })

  it("is not asked for where no transport is given for it", async () => {
    world = await makeWorld({ registration: { documents: { transport: web } } })
    expect(await logoOf()).toBeUndefined()
    expect(web.urls).toEqual([ID])
  })
})
