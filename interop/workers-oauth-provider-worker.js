// Runs in workerd: an authorization server and two MCP servers of @cloudflare/workers-oauth-provider, as its documentation has them in
// one Worker. Whoever comes to the authorization endpoint is Alice, who consents. The second MCP server is one that the authorization
// server was told nothing of.
import {
  AuthorizationError,
  insufficientScope,
  OAuthAuthorizationServer,
  OAuthResourceServer
} from "@cloudflare/workers-oauth-provider"

const ISSUER = "https://auth.example.com"
const RESOURCE = "https://mcp.example.com/mcp"
const STRANGER = "https://mcp.example.com/unknown"

const server = new OAuthAuthorizationServer({
  issuer: ISSUER,
  resources: [RESOURCE],
  scopesSupported: ["read", "write", "offline_access"],
  clientIdMetadataDocumentEnabled: true,
  clientRegistrationEndpoint: `${ISSUER}/register`
})

const makeResource = (resource) =>
  new OAuthResourceServer({
    resourceMetadata: { resource, authorization_servers: [ISSUER] },
    requiredScopes: ["read"],
    validateToken: (env) => (audience, token) => server.validateToken(audience, token, env),
    handler: {
      fetch: async (request, env, { auth, props }) => {
        const { params } = await request.json()
        const needed = params.name === "write" ? ["read", "write"] : ["read"]
        return needed.every((scope) => auth.scope.includes(scope))
          ? new Response(props.userId)
          : insufficientScope(auth, needed)
      }
    }
  })
const resources = [makeResource(RESOURCE), makeResource(STRANGER)]

const authorize = async (request, env) => {
  const helpers = server.getOAuthApi(env)
  try {
    const asked = await helpers.parseAuthRequest(request)
    const { redirectTo } = await helpers.completeAuthorization({
      request: asked,
      userId: "alice",
      metadata: {},
      scope: asked.scope,
      props: { userId: "alice" },
      // Another client of the same person stays logged in.
      revokeExistingGrants: false
    })
    return Response.redirect(redirectTo, 302)
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error
    return error.redirectTo === undefined
      ? new Response(error.message, { status: 400 })
      : Response.redirect(error.redirectTo, 302)
  }
}

export default {
  fetch: (request, env, context) => {
    const { origin, pathname } = new URL(request.url)
    if (origin === ISSUER)
      return pathname === "/authorize" ? authorize(request, env) : server.fetch(request, env, context)
    return resources[pathname.endsWith(new URL(STRANGER).pathname) ? 1 : 0].fetch(request, env, context)
  }
}
