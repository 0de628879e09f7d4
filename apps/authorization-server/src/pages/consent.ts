import type { ConsentFacts } from "@postern/as-core"
import { form } from "./form.ts"
import { type Html, html, join, when } from "./html.ts"
import { layout } from "./layout.ts"

/**
 * The consent page. It shows what the MCP specification wants shown (security best practices, consent UI
 * requirements): who asks, how far that is verified, for what, and where the browser goes afterwards.
 */
export const consent = (facts: ConsentFacts): string =>
  layout(
    { title: "Allow access?", styleNonce: facts.styleNonce },
    html`${when(
        facts.client.logo !== undefined,
        () => html`<img src="${facts.client.logo}" alt="" width="48" height="48" />`
      )}
      <h1>Allow “${facts.client.name}” to act for you?</h1>
      <p class="soft">Signed in as ${facts.person.name}.</p>
      <dl>
        <dt>Application</dt>
        <dd>“${facts.client.name}” <small>(${origin(facts)})</small></dd>
        ${when(
          facts.client.host !== undefined,
          () =>
            html`<dt>Published at</dt>
              <dd><code>${facts.client.host}</code></dd>`
        )}
        <dt>Sends you to</dt>
        <dd><code>${facts.redirectHost}</code></dd>
        ${join(facts.resources.map(resource))}
      </dl>
      ${when(
        facts.redirectIsLoopback,
        () =>
          html`<p class="warn">
            The answer goes to a program on this computer (<code>${facts.redirectHost}</code>). Any program here could
            have asked in this name. Go on only if you have just started this yourself.
          </p>`
      )}
      ${form(
        facts,
        html`<h2>It asks to</h2>
          <ul>
            ${join(facts.scopes.map(scope))}
          </ul>
          ${when(
            facts.withheld.length > 0,
            () =>
              html`<h2>Not included</h2>
                <p class="soft">Only an administrator can allow these:</p>
                <ul>
                  ${join(
                    facts.withheld.map(
                      ({ description, scope }) =>
                        html`<li>
                          ${description} <small><code>${scope}</code></small>
                        </li>`
                    )
                  )}
                </ul>`
          )}
          <div class="actions">
            <button name="decision" value="deny">Refuse</button
            ><button name="decision" value="approve" class="primary">Allow</button>
          </div>`
      )}
      ${links(facts)}`
  )

const origin = ({ client }: ConsentFacts): string => {
  switch (client.origin) {
    case "configured":
      return "known to this server"
    case "document":
      return "the name is not verified, the address is"
    case "registered":
      return "the name is not verified"
  }
}

const resource = ({ name, resource }: ConsentFacts["resources"][number]): Html =>
  html`<dt>To use</dt>
    <dd>${when(name !== undefined, () => html`${name} `)}<code>${resource}</code></dd>`

const scope = ({ administratorsOnly, description, scope }: ConsentFacts["scopes"][number]): Html =>
  html`<li>
    <label class="scope"
      ><input type="checkbox" name="scope" value="${scope}" checked /><span
        >${description}
        <small><code>${scope}</code>${when(administratorsOnly, () => html` · administrators only`)}</small></span
      ></label
    >
  </li>`

const links = ({ client }: ConsentFacts): Html =>
  join(
    [
      { text: "Its site", href: client.clientUri },
      { text: "Privacy", href: client.policyUri },
      { text: "Terms", href: client.tosUri }
    ].flatMap(({ href, text }) =>
      href === undefined
        ? []
        : [
            html`<p>
              <small>${text}: <a href="${href}" rel="noreferrer noopener" target="_blank">${href}</a></small>
            </p>`
          ]
    )
  )
