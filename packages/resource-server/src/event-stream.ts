// WHATWG HTML section 9.2.6: "If value starts with a U+0020 SPACE character, remove it from value", one and no more.
const dataOf = (line: string): string | undefined => {
  if (line === "data") return ""
  if (!line.startsWith("data:")) return undefined
  return line.startsWith("data: ") ? line.slice(6) : line.slice(5)
}

/** The complete lines of a text that comes in pieces of any size; every character is looked at once. */
const makeLineReader = (): ((piece: string) => ReadonlyArray<string>) => {
  let rest = ""
  let afterReturn = false
  return (piece) => {
    if (piece === "") return []
    // A line feed after the return that ended the last piece belongs to that return.
    const text = afterReturn && piece.startsWith("\n") ? piece.slice(1) : piece
    afterReturn = piece.endsWith("\r")
    const lines = text.split(/\r\n|\n|\r/)
    const last = lines.pop() ?? ""
    if (lines.length === 0) rest += last
    else {
      lines[0] = rest + (lines[0] ?? "")
      rest = last
    }
    return lines
  }
}

/** The lines of one event and the text that its `data` lines make together. */
const makeEvent = (rewrite: (data: string) => string) => {
  const lines: Array<string> = []
  const data: Array<string> = []
  let dataAt = 0
  return {
    add: (line: string): void => {
      const value = dataOf(line)
      if (value === undefined) lines.push(line)
      else if (data.push(value) === 1) dataAt = lines.length
    },
    format: (): string => {
      const text = data.join("\n")
      if (data.length > 0) lines.splice(dataAt, 0, `data: ${text === "" ? "" : rewrite(text)}`)
      return [...lines, "", ""].join("\n")
    }
  }
}

/**
 * Rewrites the data of the events of a stream that comes in pieces (WHATWG HTML section 9.2): several `data` lines are one
 * text, every kind of line end counts, all other fields and the comments stay as they are. An event without data, such as
 * one that only carries an id, stays too. What the stream ends in the middle of never goes out, as no reader would take it.
 */
export const makeEventRewriter = (rewrite: (data: string) => string): ((piece: string) => string) => {
  const readLines = makeLineReader()
  let event = makeEvent(rewrite)
  return (piece) => {
    let out = ""
    for (const line of readLines(piece)) {
      if (line === "") {
        out += event.format()
        event = makeEvent(rewrite)
      }
      // A comment keeps the connection alive and belongs to no event: it does not wait for one.
      else if (line.startsWith(":")) out += `${line}\n`
      else event.add(line)
    }
    return out
  }
}
