// Clickjacking.
import { createServer } from "node:http"
import { ask, type Stage } from "./stage.ts"

/** A page that lays the consent page under one of its own. */
export const frames = async (stage: Stage): Promise<void> => {
  const { back, checks, context } = stage
  const url = await ask(stage, "Framed")
  const html = `<!doctype html><title>Prizes</title><iframe src="${url.replaceAll("&", "&amp;")}"></iframe>`
  const server = createServer((_, response) => void response.writeHead(200, { "content-type": "text/html" }).end(html))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const page = await context.newPage()
  const before = back.arrivals.length
  for (const [host, whose] of [
    ["localhost", "another site"],
    ["127.0.0.1", "the same site"]
  ] as const) {
    await page.goto(`http://${host}:${port}/`)
    await page.waitForTimeout(300)
    const frame = page.frames().find((frame) => frame !== page.mainFrame())
    checks.that(
      `a page of ${whose} gets no frame of it`,
      frame?.url().startsWith("chrome-error:") === true,
      frame?.url()
    )
  }
  checks.same("and no code", back.arrivals.length, before)
  await page.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
