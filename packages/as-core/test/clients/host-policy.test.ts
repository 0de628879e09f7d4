import { describe, expect, it } from "vitest"
import { type HostPolicy, isHostPattern, isTrustedHost } from "../../src/clients/host-policy.ts"
import { authorizeUrl, localErrorOf, makeWorld } from "../fixture.ts"
import { Web } from "./web.ts"

const hosts = [
  "example.com",
  "a.example.com",
  "a.b.example.com",
  "example.com.evil.com",
  "evilexample.com",
  "example.com.",
  "a.example.com.",
  "example.co",
  "com"
]

const trusted = (policy: HostPolicy | undefined) => hosts.filter((host) => isTrustedHost(policy, host))

describe("the hosts whose documents are read", () => {
  it("are all of them where there is no policy", () => {
    expect(trusted(undefined)).toEqual(hosts)
  })

  it("[CIM-35] are those that are named, or that lie below one, by whole labels", () => {
    expect(trusted({ allow: ["example.com"] })).toEqual(["example.com"])
    expect(trusted({ allow: ["*.example.com"] })).toEqual(["a.example.com", "a.b.example.com"])
    expect(trusted({ allow: [] })).toEqual([])
    expect(trusted({ deny: ["example.com", "*.example.com"] })).toEqual([
      "example.com.evil.com",
      "evilexample.com",
      "example.co",
      "com"
    ])
  })

  it("are those that a function says yes to, and says so", () => {
    expect(trusted((host) => host.startsWith("a."))).toEqual(["a.example.com", "a.b.example.com", "a.example.com."])
    const async = (async () => true) as unknown as (host: string) => boolean
    expect(trusted(async)).toEqual([])
  })

  it("are named in ASCII and lower case", () => {
    for (const right of ["example.com", "*.example.com", "xn--clade-5bb.example", "localhost"]) {
      expect(isHostPattern(right), right).toBe(true)
    }
    for (const wrong of ["", "*", "*.", "EXAMPLE.com", "example.com.", "a*.example.com", "https://example.com"]) {
      expect(isHostPattern(wrong), wrong).toBe(false)
    }
    for (const wrong of ["example.com:443", "example.com/", "exämple.com", " example.com", "user@example.com"]) {
      expect(isHostPattern(wrong), wrong).toBe(false)
    }
  })

  it("[CIM-35] are the only ones that anything is fetched from, and the others are told from no other failure", async () => {
    const web = new Web()
    const world = await makeWorld({
      registration: { documents: { transport: web, hosts: { allow: ["example.com"] } }, dynamic: {} }
    })
    const answers = new Set<string>()
    for (const host of ["example.com.evil.com", "evilexample.com", "a.example.com", "example.com."]) {
      const page = await localErrorOf(world, authorizeUrl({ client_id: `https://${host}/c`, redirect_uri: undefined }))
      answers.add(`${page.title}: ${page.detail}`)
    }
    expect([...answers]).toContain("Unknown application: the client's metadata document could not be used")
    await localErrorOf(world, authorizeUrl({ client_id: "https://EXAMPLE.com/c", redirect_uri: undefined }))
    expect(web.asked).toEqual([])
    const known = await world.handle(
      new Request(authorizeUrl({ client_id: "https://example.com/c", redirect_uri: undefined }))
    )
    expect([known.status, web.urls]).toEqual([200, ["https://example.com/c"]])
    expect(world.events[0]).toEqual({
      event: "client-document-refused",
      clientId: "https://example.com.evil.com/c",
      detail: "the host is not trusted"
    })
  })

  it("that a function throws about are answered as our own fault, without what it threw", async () => {
    const world = await makeWorld({
      registration: {
        documents: {
          transport: new Web(),
          hosts: () => {
            throw new Error("secret of the policy")
          }
        }
      }
    })
    const answer = await world.handle(new Request(authorizeUrl({ client_id: "https://example.com/c" })))
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain("secret of the policy")
  })
})
