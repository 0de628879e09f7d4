import type { ErrorFacts } from "@postern/as-core"
import { html, when } from "./html.ts"
import { layout } from "./layout.ts"

/** A request that may not be sent anywhere: explained here, with no link to where it wanted to go. */
export const error = (facts: ErrorFacts): string =>
  layout(
    { title: facts.title, styleNonce: facts.styleNonce },
    html`<h1>${facts.title}</h1>
      <p>${sentence(facts.detail)}</p>
      ${when(facts.spec !== undefined, () => html`<p class="soft"><small>${facts.spec}</small></p>`)}`
  )

/** Messages of rejections begin small and have no full stop. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`
