import { expect, it } from "vitest"
import { runClient } from "../soak/client/run.ts"

// The short version of `pnpm soak --part client`.

const options = { seed: 1, tell: () => undefined }

it("[RFT-15] two processes that find a token ended at once need one refresh, at a server that ends a login on reuse", async () => {
  await runClient({ ...options, rounds: 50, kills: 0 })
}, 120_000)

it("[CON-05] a process that is killed in a refresh costs no login where the server repeats its answer", async () => {
  const { unwritten } = await runClient({ ...options, rounds: 0, kills: 4 })
  expect(unwritten).toBeGreaterThan(0)
}, 120_000)

it("without the lock a login is lost, and noticed", async () => {
  const broken = runClient({ ...options, rounds: 50, kills: 0, fault: "takes-no-lock" })
  await expect(broken).rejects.toThrow(/no refresh token is used twice|two processes need one refresh/)
}, 120_000)
