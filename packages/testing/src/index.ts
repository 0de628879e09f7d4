export { makeMcpServer, type McpServer, type McpServerOptions } from "./mcp-server.ts"
export { makeNetwork, type Site, visit } from "./network.ts"
export { TEST_CLIENT, TEST_CLIENT_WITH_SECRET } from "./clients.ts"
export { ConfigurationInvalid } from "./configuration-invalid.ts"
export { makePersonality } from "./make-personality.ts"
export type {
  AccessFacts,
  AskedFor,
  Character,
  Personality,
  PersonalityOptions,
  Refusal,
  TestClient,
  TokenAnswer
} from "./personality.ts"
export { atlassian } from "./personalities/atlassian.ts"
export { auth0, type Auth0Options } from "./personalities/auth0.ts"
export { clerkBehindFacade, type ClerkBehindFacadeOptions } from "./personalities/clerk-behind-facade.ts"
export { cognito, type CognitoOptions } from "./personalities/cognito.ts"
export { entra, ENTRA_APPLICATION_ID, ENTRA_ISSUER_TEMPLATE, type EntraOptions } from "./personalities/entra.ts"
export { figma, type FigmaOptions } from "./personalities/figma.ts"
export { github } from "./personalities/github.ts"
export { google } from "./personalities/google.ts"
export { keycloak, type KeycloakOptions } from "./personalities/keycloak.ts"
export { meta } from "./personalities/meta.ts"
export { okta, type OktaOptions } from "./personalities/okta.ts"
export { slack, type SlackOptions } from "./personalities/slack.ts"
export { strict } from "./personalities/strict.ts"
