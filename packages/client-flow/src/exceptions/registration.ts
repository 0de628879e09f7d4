import { Adjustment } from "../adjustment.ts"

/**
 * The client is registered as one that authenticates by a secret, although the server lists `none`: for one that gives every client
 * a secret, and then wants it. What the answer says is obeyed as always.
 */
export const registerWithSecret = (method: "client_secret_basic" | "client_secret_post"): Adjustment =>
  new Adjustment("registered-with-secret", { registrationMethod: () => method })
