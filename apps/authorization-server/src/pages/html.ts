/** Text that is HTML already. Only {@link html} and {@link join} make it. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)

/**
 * A template whose every value is escaped, unless it is {@link Html} itself: hostile text stays text, in elements and in
 * quoted attributes.
 */
export const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<string | Html | undefined>): Html =>
  new Html(
    parts.reduce((text, part, index) => {
      const value = values[index - 1]
      return text + (value instanceof Html ? value.text : escape(value ?? "")) + part
    })
  )

/** Several pieces, one after the other. */
export const join = (pieces: ReadonlyArray<Html>): Html => new Html(pieces.map((piece) => piece.text).join(""))

/** The piece when the condition holds, nothing otherwise. */
export const when = (condition: boolean, piece: () => Html): Html => (condition ? piece() : new Html(""))
