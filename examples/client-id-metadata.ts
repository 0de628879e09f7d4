import {
  checkClientIdMetadata,
  makeClientIdMetadata,
  serveClientIdMetadata
} from "@postern/client-flow/client-id-metadata"
import * as Result from "effect/Result"

// Once, at start: what is wrong would be refused by every authorization server, so it ends the program.
const metadata = Result.getOrThrow(
  makeClientIdMetadata({
    url: "https://app.example.com/oauth/client.json",
    redirectUris: ["http://127.0.0.1/callback"], // on loopback the port may differ
    clientMetadata: { client_name: "Notes reader", client_uri: "https://app.example.com/" }
  })
)
console.log(JSON.parse(metadata.text))

// A web handler, for the route of the URL; the client itself gets `clientIdMetadataUrl: metadata.url`.
const handler = serveClientIdMetadata(metadata)
const first = await handler(new Request(metadata.url))
const tag = first.headers.get("etag") ?? ""
const again = await handler(new Request(metadata.url, { headers: { "if-none-match": tag } }))
console.log(first.status, first.headers.get("cache-control"), again.status)

// A document that somebody wrote by hand, before it is published.
const text = JSON.stringify({
  client_id: "https://app.example.com/client",
  client_name: "Mine",
  redirect_uris: ["http://app.example.com/"]
})
const checked = checkClientIdMetadata({ url: "https://app.example.com/client.json", text })
if (Result.isFailure(checked)) {
  for (const { message, path, rule } of checked.failure.problems) console.log(`${rule}: ${path} ${message}`)
}
