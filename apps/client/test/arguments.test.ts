import { describe, expect, it } from "vitest"
import { readArguments } from "../src/arguments.ts"

const read = (line: string, environment: NodeJS.ProcessEnv = {}) => {
  const asked = readArguments(line.split(" "), environment)
  if (typeof asked === "string") throw new Error(asked)
  return asked
}

const URL = "https://mcp.example/mcp"

describe("the command line", () => {
  it("names a command and a server", () => {
    expect(read(`connect ${URL}`).command).toEqual({ _tag: "Connect", resource: URL })
    expect(read("accounts").command).toEqual({ _tag: "Accounts" })
    expect(readArguments(["--help"], {})).toBe("help")
    expect(readArguments(["--version"], {})).toBe("version")
  })

  it("takes the arguments of a tool as JSON, or one by one", () => {
    const { command } = read(`call ${URL} add {"a":1,"b":"x"} --arg b=y=z --arg c:=[true] --arg d=`)
    expect(command).toEqual({
      _tag: "Call",
      resource: URL,
      tool: "add",
      parameters: { a: 1, b: "y=z", c: [true], d: "" }
    })
  })

  it("takes a client at the issuer that is named beside it, its secret from the environment", () => {
    const line = `tools ${URL} --client-id me --issuer https://as.example --client-secret-env S --scope a --scope`
    const { options } = readAll([...line.split(" "), "b c"], { S: "hush" })
    expect(options.registrations).toEqual([{ issuer: "https://as.example", clientId: "me", clientSecret: "hush" }])
    expect(options.scope).toEqual(["a", "b", "c"])
  })

  it("takes the port that a client was registered with", () => {
    expect(read(`connect ${URL} --port 8765`).options.port).toBe(8765)
    expect(read(`connect ${URL}`).options.port).toBeUndefined()
  })

  it("takes how that client authenticates, where the metadata of its server does not say it", () => {
    const { options } = read(`tools ${URL} --client-id me --issuer https://as.example --client-auth none`)
    expect(options.registrations).toEqual([
      { issuer: "https://as.example", clientId: "me", tokenEndpointAuthMethod: "none" }
    ])
  })

  it("takes exceptions by their names, for the issuer that is named beside them and no other", () => {
    const exceptions = [
      "pkce-metadata-absent",
      "metadataIssuer=https://as.example/{tenant}",
      "scopePrefix",
      "scopePrefix=api://a=b",
      "scopeRequired=a b",
      "errorsWith200",
      "errorsWith200=invalid_code:invalid_grant,bad:invalid_client",
      "registerWithSecret=client_secret_post",
      "audienceParameter",
      "omitResource"
    ]
    const line = [
      "tools",
      URL,
      "--issuer",
      "https://as.example",
      ...exceptions.flatMap((name) => ["--exception", name])
    ]
    const { options } = readAll(line, {})
    expect(options.registrations).toEqual([])
    expect(options.relax.map(({ allow }) => (typeof allow === "string" ? allow : allow.name))).toEqual([
      "pkce-metadata-absent",
      "issuer-of-metadata",
      "scope-prefix",
      "scope-prefix",
      "scope-required",
      "errors-with-200",
      "errors-with-200",
      "registered-with-secret",
      "audience-parameter",
      "resource-omitted"
    ])
    expect(new Set(options.relax.map(({ issuer }) => issuer))).toEqual(new Set(["https://as.example"]))
  })

  it.each([
    ["anything", "--exception anything: is not one of issuer-trailing-slash, "],
    ["toString", "--exception toString: is not one of "],
    ["", "--exception : is not one of "],
    ["issuer-trailing-slash=x", "--exception issuer-trailing-slash: takes no value"],
    ["omitResource=", "--exception omitResource: takes no value"],
    ["metadataIssuer", "--exception metadataIssuer=ISSUER: needs a value of this kind"],
    ["callbackIssuer=", "--exception callbackIssuer=ISSUER: needs a value of this kind"],
    ["scopePrefix=", "--exception scopePrefix=PREFIX: needs a value of this kind"],
    ["scopeRequired= ", "--exception scopeRequired=SCOPE: needs a value of this kind"],
    ["registerWithSecret=none", "needs a value of this kind"],
    ["errorsWith200=a", "--exception errorsWith200=THEIRS:OURS,…: needs a value of this kind"],
    ["errorsWith200=a:b,c:", "needs a value of this kind"]
  ])("refuses the exception %j", (name, said) => {
    const line = ["tools", URL, "--issuer", "https://as.example", "--exception", name]
    expect(() => readAll(line, {})).toThrow(said)
  })

  const readAll = (args: ReadonlyArray<string>, environment: NodeJS.ProcessEnv) => {
    const asked = readArguments(args, environment)
    if (typeof asked === "string") throw new Error(asked)
    return asked
  }

  it.each([
    ["", "not a command"],
    ["log-in https://mcp.example", "not a command: log-in"],
    ["tools", "not a command: tools"],
    [`tools ${URL} extra`, "not a command"],
    [`call ${URL}`, "not a command"],
    ["tools http://mcp.example", "the URL must be https"],
    [`call ${URL} add [1]`, "not a JSON object"],
    [`call ${URL} add {`, "not JSON"],
    [`call ${URL} add --arg =x`, "NAME=TEXT"],
    [`call ${URL} add --arg a:=x`, "--arg a: not JSON"],
    [`tools ${URL} --arg a=b`, "--arg belongs to call"],
    [`tools ${URL} --client-id me`, "--issuer"],
    [`tools ${URL} --issuer https://as.example`, "--client-id"],
    [`tools ${URL} --issuer https://as.example --client-id me --client-secret-env NOWHERE`, "NOWHERE is not set"],
    [`tools ${URL} --issuer as.example --client-id me`, "--issuer as.example: "],
    [`tools ${URL} --issuer http://as.example --client-id me`, "--issuer http://as.example: "],
    [`tools ${URL} --issuer https://as.example?a --client-id me`, "--issuer https://as.example?a: "],
    [`tools ${URL} --exception omitResource`, "--exception and --issuer go together"],
    [`tools ${URL} --exception omitResource --issuer as.example`, "--issuer as.example: "],
    [`tools ${URL} --exception omitResource --issuer https://as.example --client-secret-env S`, "--client-id"],
    [`tools ${URL} --port 0`, "--port 0: "],
    [`tools ${URL} --port 65536`, "--port 65536: "],
    [`tools ${URL} --port 80a`, "--port 80a: "],
    [`tools ${URL} --issuer https://as.example --client-id me --client-auth password`, "--client-auth password: "],
    [`tools ${URL} --issuer https://as.example --exception omitResource --client-auth none`, "--client-id"],
    [`tools ${URL} --unknown`, "--unknown"]
  ])("refuses %s", (line, said) => {
    expect(() => readAll(line.split(" "), {})).toThrow(said)
  })

  it("takes no secret on the command line, where every process of the machine sees it", () => {
    expect(() => readAll(["tools", URL, "--client-secret", "hush"], {})).toThrow("client-secret")
  })
})
