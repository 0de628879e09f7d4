export {
  type AuthorizationRequest,
  type AuthorizationRequestRejection,
  decodeAuthorizationRequest,
  peekClient,
  type Prompt
} from "./authorization-request.ts"
export {
  type AuthorizationErrorResponse,
  type AuthorizationResponse,
  buildAuthorizationResponse,
  type CodeResponse,
  parseAuthorizationResponse
} from "./authorization-response.ts"
export { type AuthorizationUrlRequest, buildAuthorizationUrl } from "./authorization-url.ts"
export { type ClientCredentials, formatBasicCredentials, parseBasicCredentials } from "./basic-credentials.ts"
export type { DescribedError } from "./described-error.ts"
export { decodeErrorResponse, type ErrorResponse, formatErrorResponse } from "./error-response.ts"
export { decodeExchangeResponse } from "./exchange-response.ts"
export { decodeFormText, encodeFormText } from "./form-text.ts"
export { type ParameterBounds, type Parameters, parseParameters } from "./parameters.ts"
export {
  BasicCredentialsMalformed,
  ChallengeMissing,
  ErrorResponseMalformed,
  GrantTypeUnsupported,
  ParameterInvalid,
  ParameterMissing,
  type ParameterProblem,
  ParameterRepeated,
  ParametersTooLarge,
  ParameterUnsupported,
  ResourceInvalid,
  type ResponseIssue,
  ResponseTypeUnsupported,
  TokenResponseMalformed
} from "./rejections.ts"
export {
  buildTokenRequest,
  type ClientCredentialsTokenRequest,
  type CodeTokenRequest,
  decodeTokenRequest,
  type RefreshTokenRequest,
  type TokenRequest,
  type TokenRequestParameters,
  type TokenRequestRejection
} from "./token-request.ts"
export { decodeTokenResponse, formatTokenResponse, type IssuedTokens, type TokenResponse } from "./token-response.ts"
