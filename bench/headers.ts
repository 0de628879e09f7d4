// What the parsers are given: a challenge of every day, and 100 kB of what an attacker may send.

const SIZE = 100_000

/** Repeats a piece up to the size; each piece may have its number in it. */
const filled = (start: string, piece: (index: number) => string, end = ""): string => {
  const pieces = [start]
  for (let length = start.length + end.length, index = 0; length < SIZE; index++) {
    const next = piece(index)
    pieces.push(next)
    length += next.length
  }
  return pieces.join("") + end
}

/** A challenge as the MCP specification shows it. */
export const NORMAL =
  'Bearer error="insufficient_scope", scope="files:read files:write", ' +
  'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource", ' +
  'error_description="Additional file write permission required"'

/** Text for people that mentions a parameter, before the parameter itself. */
export const MENTION =
  'Bearer error_description="not resource_metadata=https://evil.example/metadata", ' +
  'resource_metadata="https://mcp.example.com/metadata"'

/** 100 kB each, by shape. */
export const HOSTILE: Readonly<Record<string, string>> = {
  parameters: filled("Bearer a=1", (index) => `,p${index}="v"`),
  challenges: filled("Bearer", (index) => `,s${index} a=1`),
  "one quoted value": filled('Bearer scope="', () => "a", '"'),
  "one quoted value of escapes": filled('Bearer scope="', () => '\\"', '"'),
  "a quoted value that does not end": filled('Bearer scope="', () => "\\\\"),
  "one token68": filled("Bearer ", () => "a", "=="),
  commas: filled("Bearer a=1", () => ",", "b=2"),
  "white space": filled("Bearer a", () => " ", '="1"'),
  "names that the SDK looks for": filled("Bearer ", () => 'error="",')
}
