/** What the apps ask for; nobody listens there. */
export const RESOURCE = "https://notes.example/mcp"
export const SCOPE = "notes:read"
export const REDIRECT_URI = "http://127.0.0.1:39999/callback"

/** How many apps one person uses: a person signs in once, in one browser, and lets each of them in. */
export const APPS = 20
