import { type HTMLElement, parse } from "node-html-parser"

/** What a page showed when a person would have decided on it. */
export interface SeenPage {
  readonly url: string
  readonly kind: "sign-in" | "consent"
  readonly text: string
}

/** A page of the authorization server as a person sees it; one without a form is an error page. */
export const readPage = (
  html: string
): { readonly form: HTMLElement | null; readonly kind: SeenPage["kind"]; readonly text: string } => {
  const document = parse(html)
  const form = document.querySelector("form")
  const kind = form?.querySelector('input[type="password"]') ? "sign-in" : "consent"
  for (const style of document.querySelectorAll("style")) style.remove()
  return { form, kind, text: document.text.replace(/\s+/g, " ").trim() }
}
