// A browser without a window, for the examples: whoever it belongs to says yes at once.
import type { ChildProcess } from "node:child_process"
import { EventEmitter } from "node:events"
import { userSaysYes } from "./in-memory.ts"

/** What `openBrowser` of `@postern/node` starts in the place of the platform's opener: it goes where the server sends it. */
export const spawn = (_command: string, [url = ""]: ReadonlyArray<string>): ChildProcess => {
  const { searchParams } = new URL(url)
  const callback = userSaysYes({
    redirectUri: searchParams.get("redirect_uri") ?? "",
    state: searchParams.get("state") ?? ""
  })
  const opener = Object.assign(new EventEmitter(), { unref: () => undefined })
  void fetch(callback).then(() => opener.emit("exit", 0))
  // Nothing else of a process is looked at.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return opener as ChildProcess
}
