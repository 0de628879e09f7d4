import { isJsonObject, type JsonObject } from "@postern/metadata"

const readPart = (part: string | undefined): JsonObject => {
  const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString())
  if (!isJsonObject(value)) throw new Error("no JSON object")
  return value
}

/** What a JWT says; its signature is not looked at. */
export const readJwt = (
  text: string | null | undefined
): { readonly header: JsonObject; readonly claims: JsonObject } => {
  const [header, claims] = (text ?? "").split(".")
  return { header: readPart(header), claims: readPart(claims) }
}
