import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeTransport, type Trust } from "@postern/safe-fetch"
import { growth } from "../../../tests/growth.ts"

/** What a fetch that answers everything was asked, and how the transport ended. */
const outcome = async (url: string, trust: Trust = "stranger", namedBy?: string) => {
  const asked: Array<unknown> = []
  const transport = makeTransport({
    fetch: async (input) => {
      asked.push(input)
      return Response.json({})
    },
    bounds: { trust }
  })
  const result = await Effect.runPromise(
    Effect.match(transport.fetch({ url, ...(namedBy === undefined ? {} : { namedBy }) }), {
      onSuccess: () => "fetched",
      onFailure: (error) => error.reason
    })
  )
  expect(asked).toEqual(result === "fetched" ? [url] : [])
  return result
}

describe("a URL that a stranger named", () => {
  it("is fetched when it is https on a public host", async () => {
    for (const url of [
      "https://as.example.com/x?y=1",
      "https://as.example.com:8443/",
      "https://8.8.8.8/",
      "https://[2606:4700::1111]/"
    ]) {
      expect(await outcome(url), url).toBe("fetched")
    }
  })

  it("[DOS-02] costs no more to judge than its host is long", async () => {
    const host = (size: number) => `https://a${".".repeat(size)}b/`
    expect(await outcome(host(100))).toBe("fetched")
    expect(await growth(600, host, (url) => outcome(url))).toBeLessThan(12)
  })

  it("is not fetched from a special-use address in any spelling", async () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["http://169.254.169.254/latest/meta-data/", "transport-insecure"],
      ["http://10.0.0.1/", "transport-insecure"],
      ["https://[fd00::1]/", "address-forbidden"],
      ["https://127.0.0.1:6379/", "address-forbidden"],
      ["https://0x7f000001/", "url-malformed"],
      ["https://[::ffff:169.254.169.254]/", "url-malformed"],
      ["https://[::ffff:a9fe:a9fe]/", "address-forbidden"],
      ["https://[64:ff9b::a9fe:a9fe]/", "address-forbidden"]
    ]
    for (const [url, expected] of cases) expect(await outcome(url), url).toBe(expected)
  })

  it("is not fetched from any special-use range", async () => {
    for (const host of [
      "127.0.0.1",
      "10.0.0.1",
      "172.16.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "192.0.0.1",
      "198.18.0.1",
      "240.0.0.1",
      "255.255.255.255",
      "224.0.0.1"
    ]) {
      expect(await outcome(`https://${host}/client.json`), host).toBe("address-forbidden")
      expect(await outcome(`http://${host}/client.json`), host).toBe(
        host === "127.0.0.1" ? "address-forbidden" : "transport-insecure"
      )
    }
  })

  it("is not fetched from a private, loopback or link-local host, however it is written", async () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["https://10.0.0.5", "address-forbidden"],
      ["https://127.0.0.1", "address-forbidden"],
      ["http://127.0.0.1", "address-forbidden"],
      ["http://localhost", "address-forbidden"],
      ["https://localhost", "address-forbidden"],
      ["https://169.254.1.1", "address-forbidden"],
      ["https://[fe80::1]", "address-forbidden"],
      ["https://localhost.", "address-forbidden"],
      ["https://a.localhost", "address-forbidden"],
      ["https://127.1", "url-malformed"],
      ["https://127.0.0.1.", "url-malformed"],
      ["https://0177.0.0.1", "url-malformed"],
      ["https://%31%32%37.0.0.1", "url-malformed"],
      ["https://\uff11\uff12\uff17.0.0.1", "url-malformed"],
      ["https://127\u30020\u30020\u30021", "url-malformed"],
      ["https://[::1%25lo]", "url-malformed"],
      ["https://[0:0:0:0:0:0:0:1]", "url-malformed"],
      ["https://[::127.0.0.1]", "url-malformed"],
      ["https://[::7f00:1]", "address-forbidden"],
      ["https://[2002:7f00:1::]", "address-forbidden"],
      ["https://[2001:0:7f00:1::]", "address-forbidden"],
      ["https:127.0.0.1", "url-malformed"],
      ["https:/127.0.0.1", "url-malformed"],
      ["https://as.example.com@127.0.0.1", "url-malformed"],
      ["https://as.example.com\\@127.0.0.1", "url-malformed"],
      ["https://127.0.0.1\t", "url-malformed"],
      ["https://LOCALHOST", "url-malformed"],
      ["https://2130706433", "url-malformed"],
      ["https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "url-malformed"],
      ["https://[::]", "address-forbidden"],
      ["https://[::1]", "address-forbidden"],
      ["https://[64:ff9b::7f00:1]", "address-forbidden"],
      ["https://[64:ff9b:1::7f00:1]", "address-forbidden"]
    ]
    for (const [url, expected] of cases) expect(await outcome(url), url).toBe(expected)
  })

  it("is not fetched from a name that only private networks know", async () => {
    for (const host of [
      "metadata",
      "metadata.google.internal",
      "printer.local",
      "nas.home.arpa",
      "x.onion",
      "a.internal.",
      "vault.default.svc",
      "a.test",
      "a.invalid",
      "a.alt"
    ]) {
      expect(await outcome(`https://${host}/`), host).toBe("address-forbidden")
    }
  })

  it("is not fetched from a port that belongs to another service", async () => {
    for (const port of [22, 25, 6379, 0, 80, 444, 1023, 5432, 27_017]) {
      expect(await outcome(`https://app.example.com:${port}/c`), String(port)).toBe("port-forbidden")
    }
    for (const port of [1024, 3000, 8443, 65_535]) {
      expect(await outcome(`https://app.example.com:${port}/c`), String(port)).toBe("fetched")
    }
  })

  it("is not fetched when it is no secure URL", async () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["http://as.example.com/", "transport-insecure"],
      ["ftp://as.example.com/", "transport-insecure"],
      ["file:///etc/passwd", "transport-insecure"],
      ["data:application/json,{}", "url-malformed"],
      ["https://u:p@as.example.com/", "url-malformed"],
      ["https://as.example.com/#x", "url-malformed"],
      ["/relative", "url-malformed"],
      ["", "url-malformed"]
    ]
    for (const [url, expected] of cases) expect(await outcome(url), url).toBe(expected)
  })
})

describe("a URL that the operator or user typed", () => {
  const trust = { operator: ["http://127.0.0.1:3000/mcp", "https://10.1.2.3:8443", "https://mcp.example.com/mcp"] }

  it("may be loopback or private, on that host", async () => {
    for (const url of [
      "http://127.0.0.1:3000/mcp",
      "http://127.0.0.1:4000/",
      "http://localhost:4000/",
      "http://[::1]:4000/",
      "https://127.0.0.1:9/",
      "https://10.1.2.3:8443/x",
      "https://10.1.2.3:22/x",
      "https://mcp.example.com/x",
      "https://public.example.com/x"
    ]) {
      expect(await outcome(url, trust), url).toBe("fetched")
    }
  })

  it("does not open other private hosts, other ranges or http off loopback", async () => {
    const all = {
      operator: [
        ...trust.operator,
        "https://169.254.169.254",
        "https://100.100.100.200",
        "https://[fd00:ec2::254]",
        "https://[fd20:ce::254]",
        "https://[64:ff9b::a9fe:a9fe]",
        "https://0.0.0.0",
        "http://10.1.2.3"
      ]
    }
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["https://10.1.2.4/", "address-forbidden"],
      ["https://192.168.0.1/", "address-forbidden"],
      ["https://169.254.169.254/", "address-forbidden"],
      ["https://100.100.100.200/", "address-forbidden"],
      ["https://[fd00:ec2::254]/", "address-forbidden"],
      ["https://[fd20:ce::254]/", "address-forbidden"],
      ["https://[64:ff9b::a9fe:a9fe]/", "address-forbidden"],
      ["https://0.0.0.0/", "address-forbidden"],
      ["http://10.1.2.3/", "transport-insecure"],
      ["https://intranet/", "address-forbidden"]
    ]
    for (const [url, expected] of cases) expect(await outcome(url, all), url).toBe(expected)
  })

  it("lets a local server name others on its own host, and the private ones that were typed too", async () => {
    const local = "http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp"
    expect(await outcome("http://127.0.0.1:4000/", trust, local)).toBe("fetched")
    expect(await outcome("http://localhost:4000/", trust, local)).toBe("fetched")
    expect(await outcome("https://10.1.2.3:8443/x", trust, local)).toBe("fetched")
    expect(await outcome("https://10.1.2.3:9443/x", trust, local)).toBe("address-forbidden")
    expect(await outcome("https://10.9.9.9/", trust, local)).toBe("address-forbidden")
    expect(await outcome("https://as.example.com/", trust, local)).toBe("fetched")
  })

  it("never lets a public host name a private address, not even one that was typed", async () => {
    for (const namedBy of [
      "https://mcp.example.com/mcp",
      "https://evil.example/",
      "http://127.0.0.2.evil/",
      "no URL",
      ""
    ]) {
      for (const url of [
        "http://127.0.0.1:3000/mcp",
        "http://localhost:6379/",
        "https://10.1.2.3:8443/x",
        "https://10.0.0.1/"
      ]) {
        expect(await outcome(url, trust, namedBy), `${url} named by ${namedBy}`).toBe("address-forbidden")
      }
      expect(await outcome("https://as.example.com/", trust, namedBy)).toBe("fetched")
    }
  })

  it("does not let a private host vouch for itself", async () => {
    expect(await outcome("https://10.0.0.1/x", trust, "https://10.0.0.1/")).toBe("address-forbidden")
    expect(await outcome("http://127.0.0.1/x", "stranger", "http://127.0.0.1/")).toBe("address-forbidden")
  })
})

describe("the bounds", () => {
  it("throw when they bound nothing or name no URL", () => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const name of ["maximumBytes", "timeoutMillis"]) {
        expect(() => makeTransport({ bounds: { [name]: value } })).toThrow(
          `the transport's option bounds.${name} is wrong: it has to be a whole number of at least 1`
        )
      }
    }
    // The second one is a URL: of the scheme `localhost`, and without a host.
    for (const typed of ["everything", "localhost:3000", "mailto:a@example.com", "file:///x"]) {
      expect(() => makeTransport({ bounds: { trust: { operator: ["https://a.example", typed] } } }), typed).toThrow(
        "the transport's option bounds.trust.operator[1] is wrong: it has to be an https or http URL"
      )
    }
  })

  it("throw when one is not known, or would follow redirects", () => {
    for (const [bounds, said] of [
      [{ maxBytes: 5120 }, "bounds.maxBytes is wrong: there is no such option"],
      [{ redirects: "follow" }, 'bounds.redirects is wrong: it has to be "refuse"'],
      [{ trust: "operator" }, 'bounds.trust is wrong: it has to be "stranger" or { operator: [URLs] }'],
      [{ trust: null }, 'bounds.trust is wrong: it has to be "stranger" or { operator: [URLs] }'],
      [{ trust: {} }, "bounds.trust.operator is wrong: it has to be a list of URLs"],
      [{ trust: { operator: "https://a.example" } }, "bounds.trust.operator is wrong: it has to be a list of URLs"],
      [{ trust: { operators: [] } }, "bounds.trust.operators is wrong: there is no such option"],
      [{ trust: { operator: [null] } }, "bounds.trust.operator[0] is wrong: it has to be an https or http URL"],
      [null, "bounds is wrong: it has to be an object"],
      [1, "bounds is wrong: it has to be an object"]
    ] as const) {
      const make = () => makeTransport({ bounds: bounds as never })
      expect(make, said).toThrow(`the transport's option ${said}`)
      expect(make).toThrow(expect.objectContaining({ _tag: "ConfigurationInvalid" }))
    }
  })
})
