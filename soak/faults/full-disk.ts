import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { BrokenRule } from "../broken-rule.ts"
import type { Scenario } from "./scenario.ts"

/** What `disk.ts` says at its end: what was seen, or the rule that was broken. */
export interface Said {
  readonly seen?: string
  readonly broken?: { readonly rule: string; readonly history: ReadonlyArray<string> }
}

const program = fileURLToPath(new URL("disk.ts", import.meta.url))

/** A small file system that only this program and its children see. Not everybody may have one. */
const MOUNT = 'mount -t tmpfs -o size=12m tmpfs "$0" && exec "$@"'

/** Runs `disk.ts` over a folder; nothing when it cannot be run in that way. */
const runDisk = async (way: "tmpfs" | "limit", seed: number): Promise<Said | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), "postern-soak-disk-"))
  const node = [process.execPath, "--conditions=@postern/source", program, folder, way, String(seed)]
  const [command = "", ...args] =
    way === "tmpfs" ? ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, folder, ...node] : node
  try {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] })
    const failed = new Promise<undefined>((resolve) => child.on("error", () => resolve(undefined)))
    const output = await Promise.race([failed, text(child.stdout)])
    const line = output?.split("\n").find((one) => one.startsWith("{"))
    return line === undefined ? undefined : (JSON.parse(line) as Said)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A disk without room, and a file that may not grow: what was acknowledged is kept, all else refused, until there is room again. */
export const fullDisk: Scenario = {
  name: "a disk that is full",
  run: async (_, { seed }) => {
    const seen: Array<string> = []
    for (const way of ["tmpfs", "limit"] as const) {
      const said = await runDisk(way, seed)
      if (said?.broken !== undefined) throw new BrokenRule(said.broken.rule, [way, ...said.broken.history])
      seen.push(said?.seen === undefined ? `${way}: not possible on this machine` : `${way}: ${said.seen}`)
    }
    return seen.join("; ")
  }
}
