// What the Content-Security-Policy keeps out.
import { ask, type Stage } from "./stage.ts"

/** The headers, and what a script or an element that got in all the same could do. */
export const policy = async (stage: Stage): Promise<void> => {
  const { checks, context } = stage
  const page = await context.newPage()
  const told: Array<string> = []
  page.on("console", (message) => void told.push(message.text()))
  const response = await page.goto(await ask(stage, "Policy"))
  const radius = await page.locator("main").evaluate((main) => getComputedStyle(main).borderRadius)
  checks.same("its own style is taken", radius, "12px")
  checks.same("the page itself breaks none of its rules", told, [])
  const headers = response?.headers() ?? {}
  checks.same(
    "headers: no frame, no sniffing, no referrer, no store",
    ["x-frame-options", "x-content-type-options", "referrer-policy", "cache-control"].map((name) => headers[name]),
    ["DENY", "nosniff", "no-referrer", "no-store"]
  )
  const injected = await page.evaluate(async () => {
    const script = document.createElement("script")
    script.textContent = "window.ran = 1"
    document.body.append(script)
    const image = document.createElement("img")
    image.setAttribute("onerror", "window.ran = 1")
    document.body.append(image)
    image.src = "/nowhere.png"
    const markup = '<style>main { border-radius: 1px }</style><base href="https://evil.example/">'
    document.body.insertAdjacentHTML("beforeend", markup)
    const fetched = await fetch("/jwks").then(
      () => "fetched",
      () => "refused"
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    const radius = getComputedStyle(document.querySelector("main") ?? document.body).borderRadius
    return [fetched, radius, document.baseURI.startsWith("https://evil"), "ran" in window]
  })
  checks.same("what is brought in runs, styles, moves and fetches nothing", injected, ["refused", "12px", false, false])
  await page.close()
}
