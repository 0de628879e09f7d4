import { Html, html } from "./html.ts"

// A constant of ours, so it may be raw: the template below escapes only what varies.
const STYLE = new Html(`
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --back: #f3f4f6; --accent: #0b57a4; --warn: #8a4600; --warn-back: #fff4e5 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #a0a8b2; --line: #3a424c; --paper: #1c2127; --back: #12161b; --accent: #6cb2ff; --warn: #ffc680; --warn-back: #3a2a14 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; padding: 1rem }
main { width: 100%; max-width: 30rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 1.75rem }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .75rem; overflow-wrap: anywhere }
h2 { font-size: .95rem; margin: 1.25rem 0 .35rem }
p { margin: .5rem 0; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem .9rem; margin: 1rem 0; padding: .75rem 0; border: solid var(--line); border-width: 1px 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere } code { font-size: .92em }
ul { list-style: none; margin: 0; padding: 0 } li { margin: .4rem 0 }
label.scope { display: flex; gap: .6rem; align-items: baseline } small, .soft { color: var(--soft) }
label.field { display: block; margin: .9rem 0 } label.field input { display: block; width: 100%; margin-top: .25rem; padding: .55rem .65rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 8px }
.warn { background: var(--warn-back); color: var(--warn); border-radius: 8px; padding: .6rem .8rem; margin: .9rem 0 }
.actions { display: flex; gap: .75rem; margin-top: 1.4rem } button { flex: 1; font: inherit; font-weight: 600; padding: .6rem 1rem; border-radius: 8px; border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--paper) } button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
`)

/** A whole page: no script, one inline style that carries the nonce of the Content-Security-Policy. */
export const layout = (facts: { readonly title: string; readonly styleNonce: string }, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${facts.title}</title>
        <style nonce="${facts.styleNonce}">
          ${STYLE}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.text
