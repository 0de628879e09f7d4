import { describe, expect, it } from "vitest"
import { clientHashInput } from "../../src/clients/client-hash.ts"
import type { PendingRequest } from "../../src/store.ts"

const client: PendingRequest["client"] = {
  clientId: "https://app.example.com/client.json",
  origin: "document",
  name: "App",
  redirectUris: ["https://app.example.com/cb", "http://127.0.0.1/cb"],
  tokenEndpointAuthMethod: "private_key_jwt",
  jwksUri: "https://app.example.com/jwks.json",
  grantTypes: ["authorization_code"],
  applicationType: "web",
  clientUri: "https://app.example.com/",
  logoUri: "https://app.example.com/logo.png",
  policyUri: "https://app.example.com/privacy",
  tosUri: "https://app.example.com/terms",
  createdAt: 1
}

const hash = (changes: Partial<PendingRequest["client"]> = {}, redirectUri = "https://app.example.com/cb") =>
  clientHashInput({ client: { ...client, ...changes }, redirectUri })

describe("what a remembered consent hangs on", () => {
  it("[CIM-32] is another one as soon as the page would show another client or lead elsewhere", () => {
    const inputs = [
      hash(),
      hash({ clientId: "https://app.example.com/other.json" }),
      hash({ origin: "configured" }),
      hash({ name: "Bank" }),
      hash({ redirectUris: ["https://app.example.com/cb"] }),
      hash({ redirectUris: ["https://app.example.com/cb", "https://evil.example/cb"] }),
      hash({ tokenEndpointAuthMethod: "none" }),
      hash({ jwksUri: undefined }),
      hash({ applicationType: "native" }),
      hash({ clientUri: undefined }),
      hash({ logoUri: "https://app.example.com/other.png" }),
      hash({ policyUri: "https://app.example.com/terms", tosUri: "https://app.example.com/privacy" }),
      hash({ tosUri: undefined }),
      hash({}, "https://app.example.com/cb2"),
      // What could be shifted from one member to the next.
      hash({ name: 'App","https://app.example.com/', clientUri: undefined })
    ]
    expect(new Set(inputs).size).toBe(inputs.length)
  })

  it("is the same whatever port the program on this computer got, and when the document was read", () => {
    expect(hash({}, "http://127.0.0.1:51234/cb")).toBe(hash({ createdAt: 2 }, "http://127.0.0.1:4000/cb"))
    expect(hash({}, "http://localhost:51234/cb")).toBe(hash({}, "http://localhost/cb"))
    expect(hash({}, "http://[::1]:51234/cb")).toBe(hash({}, "http://[::1]:1/cb"))
    expect(hash({}, "http://127.0.0.1:51234/cb")).not.toBe(hash({}, "http://localhost:51234/cb"))
    expect(hash({}, "https://localhost:8443/cb")).not.toBe(hash({}, "https://localhost:9443/cb"))
  })
})
