import type { ClientPlan } from "./decide.ts"

/**
 * What a public client registered, as one text: whoever registers the same again is the same client, since nothing that a
 * public client has tells two of them apart. As JSON, so that no two read the same.
 */
export const metadataHashInput = (plan: ClientPlan): string =>
  JSON.stringify([
    "registration",
    plan.name,
    plan.redirectUris,
    plan.tokenEndpointAuthMethod,
    plan.grantTypes,
    plan.dpopBoundAccessTokens ?? null,
    plan.applicationType,
    plan.clientUri ?? null,
    plan.logoUri ?? null,
    plan.policyUri ?? null,
    plan.tosUri ?? null
  ])
