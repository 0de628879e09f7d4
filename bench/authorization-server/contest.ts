// What both servers are configured with, and what the load asks of them.

export const CLIENT_ID = "bench"
export const CLIENT_SECRET = "a secret of the benchmark alone"
export const REDIRECT = "http://127.0.0.1:38920/callback"
export const RESOURCE = "https://mcp.example.com/mcp"
export const SCOPE = "notes:read"
export const PERSON = { username: "alice", password: "a password of the benchmark alone" }
