// The pages of the authorization server in the examples: plain, and with every fact that has to be shown.
import type { FormFacts, Pages } from "@postern/as-core"

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** A template whose values are escaped, unless they were made by it. */
const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<string | { readonly html: string }>) => ({
  html: parts.reduce((text, part, index) => {
    const value = values[index - 1] ?? ""
    return text + (typeof value === "string" ? escape(value) : value.html) + part
  })
})
type Html = ReturnType<typeof html>
const join = (pieces: ReadonlyArray<Html>): Html => ({ html: pieces.map((piece) => piece.html).join("") })

const page = (title: string, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <title>${title}</title>
      <h1>${title}</h1>
      ${body}
    </html>`.html

const form = ({ action, hidden }: FormFacts, fields: Html): Html =>
  html`<form method="post" action="${action}">
    ${join(hidden.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}" />`))}${fields}
  </form>`

/** What a user sees. */
export const pages: Pages = {
  signIn: (facts) =>
    page(
      "Sign in",
      html`<p>${facts.failed ? "That name and password do not go together." : ""}</p>
        ${form(
          facts,
          html`<input name="username" autocomplete="username" /><input type="password" name="password" /><button>
              Sign in
            </button>`
        )}`
    ),
  consent: (facts) =>
    page(
      `Allow “${facts.client.name}” to act for you?`,
      html`<p>
          Signed in as ${facts.person.name}. ${facts.client.host ?? "The name of the application is not verified."}
        </p>
        <p>
          ${facts.redirectIsLoopback ? "The answer goes to a program on this computer:" : "The answer goes to"}
          ${facts.redirectHost}
        </p>
        ${join(facts.resources.map(({ resource }) => html`<p>To use ${resource}</p>`))}${form(
          facts,
          html`${join(
              facts.scopes.map(
                ({ description, scope }) =>
                  html`<label><input type="checkbox" name="scope" value="${scope}" checked /> ${description}</label>`
              )
            )}${join(facts.withheld.map(({ description }) => html`<p>Kept for administrators: ${description}</p>`))}
            <button name="decision" value="deny">Refuse</button><button name="decision" value="approve">Allow</button>`
        )}`
    ),
  error: ({ detail, title }) => page(title, html`<p>${detail}</p>`)
}
