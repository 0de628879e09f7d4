/**
 * Documents in the shape that is published at their URLs, as of autumn 2026: the members and their forms, not their bytes.
 * Where they are talked about: anthropics/claude-code#64705 and #44388 (Claude Code's redirect URIs without a port, no
 * `application_type`), pocket-id/pocket-id#1718 and operately/operately#5164 (ChatGPT's `private_key_jwt` beside a list that
 * has `none`), microsoft/vscode#298300 (the members of Visual Studio Code).
 */
export const claude = {
  client_id: "https://claude.ai/oauth/mcp-oauth-client-metadata",
  client_name: "Claude",
  client_uri: "https://claude.ai",
  redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
  response_types: ["code"],
  token_endpoint_auth_method: "none"
}

export const claudeCode = {
  client_id: "https://claude.ai/oauth/claude-code-client-metadata",
  client_name: "Claude Code",
  client_uri: "https://claude.ai",
  redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none"
}

export const chatGpt = {
  client_id: "https://chatgpt.com/oauth/client.json",
  client_uri: "https://chatgpt.com/",
  redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  client_name: "ChatGPT",
  logo_uri: "https://persistent.oaistatic.com/sonic/misc/openai-logo.png",
  token_endpoint_auth_signing_alg: "RS256",
  jwks_uri: "https://chatgpt.com/oauth/jwks.json"
}

export const visualStudioCode = {
  client_name: "Visual Studio Code",
  logo_uri: "https://code.visualstudio.com/assets/branding/code-stable.png",
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
  application_type: "native",
  client_id: "https://vscode.dev/oauth/client-metadata.json",
  client_uri: "https://vscode.dev/product",
  redirect_uris: ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"]
}
