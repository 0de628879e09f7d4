import type { SignInFacts } from "@postern/as-core"
import { form } from "./form.ts"
import { html, when } from "./html.ts"
import { layout } from "./layout.ts"

/** The login page. */
export const signIn = (facts: SignInFacts): string =>
  layout(
    { title: "Sign in", styleNonce: facts.styleNonce },
    html`<h1>Sign in</h1>
      <p class="soft">
        An application that calls itself “${facts.client.name}” asks for access. Sign in to see what it wants.
      </p>
      ${when(facts.failed, () => html`<p class="warn" role="alert">That name and password do not go together.</p>`)}
      ${form(
        facts,
        html`<label class="field"
            >Name
            <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus
          /></label>
          <label class="field"
            >Password <input name="password" type="password" autocomplete="current-password" required
          /></label>
          <div class="actions"><button class="primary" type="submit">Sign in</button></div>`
      )}`
  )
