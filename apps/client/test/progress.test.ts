import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { startProgress } from "../src/progress.ts"

describe("progress", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const stream = (isTTY: boolean) => {
    const written: Array<string> = []
    return { isTTY, written, write: (text: string) => void written.push(text) }
  }

  it("is one line where nobody looks", () => {
    const pipe = stream(false)
    const stop = startProgress("Waiting", pipe)
    vi.advanceTimersByTime(5000)
    stop()
    expect(pipe.written).toEqual(["Waiting.\n"])
  })

  it("is a line on a terminal that counts and goes away", () => {
    const terminal = stream(true)
    const stop = startProgress("Waiting", terminal)
    vi.advanceTimersByTime(2000)
    stop()
    vi.advanceTimersByTime(2000)
    expect(terminal.written).toEqual([
      "\rWaiting, 0 s (Ctrl-C ends)",
      "\rWaiting, 1 s (Ctrl-C ends)",
      "\rWaiting, 2 s (Ctrl-C ends)",
      "\r\u001B[K"
    ])
  })
})
