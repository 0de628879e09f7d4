/**
 * The name under which the authorizations of an operation are counted: the MCP method and what it is called on, else the
 * HTTP method and path. At most 200 characters.
 */
export const operationOf = (
  request: { readonly method: string; readonly url: string },
  body: Uint8Array | undefined
): string => {
  const message = body === undefined || body.length > MAXIMUM_BODY ? undefined : parse(body)
  const name =
    isRecord(message) && typeof message["method"] === "string"
      ? rpcName(message["method"], message["params"])
      : undefined
  return (name ?? `${request.method} ${new URL(request.url).pathname}`).slice(0, 200)
}

// A larger body is counted by its path: to parse it only for a name would cost more than it is worth.
const MAXIMUM_BODY = 1_048_576

const rpcName = (method: string, params: unknown): string => {
  const target = isRecord(params) ? (params["name"] ?? params["uri"]) : undefined
  return typeof target === "string" ? `${method} ${target}` : method
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const parse = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
