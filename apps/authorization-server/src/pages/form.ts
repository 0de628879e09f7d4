import type { FormFacts } from "@postern/as-core"
import { type Html, html, join } from "./html.ts"

/** A form that posts the hidden fields back unchanged beside its own. */
export const form = (facts: FormFacts, body: Html): Html =>
  html`<form method="post" action="${facts.action}" autocomplete="on">
    ${join(facts.hidden.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}" /> `))}${body}
  </form>`
