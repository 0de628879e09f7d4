/**
 * The page that ends an authorization in the browser. It is the same for every callback, whatever came: nothing of a
 * request is ever shown.
 */
export const callbackPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Authorization received</title></head>
<body><h1>Authorization received</h1><p>Return to the application. This window can be closed.</p></body>
</html>
`

/** The headers of every answer of the redirect receiver (RFC 9700 sections 4.2 and 4.3). */
export const callbackHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  connection: "close"
}
