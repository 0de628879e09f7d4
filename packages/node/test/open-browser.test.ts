import { type ChildProcess, spawn as spawnProcess } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type BrowserUnavailable, openBrowser, type Spawn, type UrlForbidden } from "@postern/node"

interface Call {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly shell: unknown
}

/** Starts a harmless process instead and notes what would have been started. */
const spy = (script = "") => {
  const calls: Array<Call> = []
  const children: Array<ChildProcess> = []
  const spawn: Spawn = (command, args, options) => {
    calls.push({ command, args, shell: options.shell })
    const child = spawnProcess(process.execPath, ["-e", script, "--", ...args], options)
    children.push(child)
    return child
  }
  return { calls, children, spawn }
}

describe("openBrowser", () => {
  const url = "https://as.example/authorize?client_id=a&state=b%20c"

  it("says in its type what can go wrong", () => {
    expectTypeOf(openBrowser).returns.toEqualTypeOf<Effect.Effect<void, BrowserUnavailable | UrlForbidden>>()
  })

  it.for([
    ["linux", "xdg-open", [url]],
    ["freebsd", "xdg-open", [url]],
    ["darwin", "open", [url]],
    ["win32", "rundll32", ["url.dll,FileProtocolHandler", url]]
  ] as const)(
    "gives the URL to the opener of %s as one argument, without a shell",
    async ([platform, command, args]) => {
      const { calls, spawn } = spy()
      await Effect.runPromise(openBrowser(url, { platform, spawn }))
      expect(calls).toEqual([{ command, args, shell: false }])
    }
  )

  it("opens http on loopback", async () => {
    for (const local of ["http://127.0.0.1:8080/authorize", "http://[::1]:8080/a", "http://localhost/a"]) {
      const { calls, spawn } = spy()
      await Effect.runPromise(openBrowser(local, { platform: "linux", spawn }))
      expect(calls.map(({ args }) => args)).toEqual([[local]])
    }
  })

  it("leaves every letter of the URL to the opener, none to a shell", async () => {
    const folder = mkdtempSync(join(tmpdir(), "postern-browser-"))
    const file = join(folder, "arguments")
    const script = `require("node:fs").writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.argv.slice(1)))`
    const { spawn } = spy(script)
    const hostile = `https://as.example/$(touch+${folder}/canary);touch+${folder}/canary?a=&b=%60id%60&c=*&d=%25PATH%25`
    await Effect.runPromise(openBrowser(hostile, { platform: "linux", spawn }))
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual([hostile])
    expect(readdirSync(folder)).toEqual(["arguments"])
    rmSync(folder, { recursive: true })
  })

  it.for([
    "javascript:alert(document.domain)//",
    "JaVaScRiPt:alert(1)",
    " \tjavascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///c:/windows/system32/calc.exe",
    "blob:https://as.example/0",
    "ms-msdt:/id",
    "search-ms:query=x",
    "smb://h",
    "about:blank",
    "view-source:https://x",
    "intent://x"
  ])("[ASM-04] opens nothing for %s", async (hostile) => {
    for (const platform of ["linux", "darwin", "win32"] as const) {
      const { calls, spawn } = spy()
      const error = await Effect.runPromise(Effect.flip(openBrowser(hostile, { platform, spawn })))
      expect(error).toMatchObject({ _tag: "UrlForbidden", kind: "rejection" })
      expect(calls).toEqual([])
    }
  })

  it.for(["--version", "-a Calculator", "--upload-pack=evil"])("[ASM-06] opens nothing for %s", async (hostile) => {
    for (const platform of ["linux", "darwin", "win32"] as const) {
      const { calls, spawn } = spy()
      const error = await Effect.runPromise(Effect.flip(openBrowser(hostile, { platform, spawn })))
      expect(error).toMatchObject({ _tag: "UrlForbidden", kind: "rejection", reason: "UrlMalformed" })
      expect(error.message).toBe("a URL that is not https, or http on loopback, is not opened in a browser")
      expect(calls).toEqual([])
    }
  })

  it("opens nothing for http off loopback, for a user in the URL and for a text that would have to be repaired", async () => {
    for (const [hostile, reason] of [
      ["http://as.example/authorize", "TransportInsecure"],
      ["https://as.example@evil.example/", "UrlMalformed"],
      ["https://as.example/a b", "UrlMalformed"],
      ["https:\\\\as.example", "UrlMalformed"],
      ["https://as.example/\n--flag", "UrlMalformed"],
      ["", "UrlMalformed"]
    ] as const) {
      const { calls, spawn } = spy()
      const error = await Effect.runPromise(Effect.flip(openBrowser(hostile, { spawn })))
      expect(error).toMatchObject({ _tag: "UrlForbidden", reason })
      expect(calls).toEqual([])
    }
  })

  it("says that there is no opener", async () => {
    const spawn: Spawn = (command, args, options) => spawnProcess(`/nowhere/${command}`, args, options)
    const error = await Effect.runPromise(Effect.flip(openBrowser(url, { platform: "linux", spawn })))
    expect(error).toMatchObject({ _tag: "BrowserUnavailable", kind: "failure", command: "xdg-open", code: "ENOENT" })
    expect(error.message).toBe("xdg-open opened no browser (ENOENT)")
  })

  it("says that the opener found no browser", async () => {
    const { spawn } = spy("process.exit(3)")
    const error = await Effect.runPromise(Effect.flip(openBrowser(url, { platform: "linux", spawn })))
    expect(error).toMatchObject({ _tag: "BrowserUnavailable", command: "xdg-open", code: "3" })
  })

  it("does not wait for an opener that stays with its browser", async () => {
    const { children, spawn } = spy("setInterval(() => {}, 1000)")
    await Effect.runPromise(openBrowser(url, { platform: "linux", spawn }))
    expect(children.map((child) => child.exitCode)).toEqual([null])
    for (const child of children) child.kill()
  })
})
