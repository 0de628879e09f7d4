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
    [`tools ${URL} --unknown`, "--unknown"]
  ])("refuses %s", (line, said) => {
    expect(() => readAll(line.split(" "), {})).toThrow(said)
  })

  it("takes no secret on the command line, where every process of the machine sees it", () => {
    expect(() => readAll(["tools", URL, "--client-secret", "hush"], {})).toThrow("client-secret")
  })
})
