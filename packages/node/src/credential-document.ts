import {
  DEFAULT_ACCOUNT,
  type RegisteredAuthentication,
  type StoredCredentials,
  type StoredRegistration
} from "@postern/client-flow"

/** What a credential file holds: credentials in the order in which they were saved, the last registration of each issuer. */
export interface CredentialDocument {
  readonly credentials: ReadonlyArray<StoredCredentials>
  readonly registrations: ReadonlyArray<StoredRegistration>
}

export const emptyDocument: CredentialDocument = { credentials: [], registrations: [] }

const VERSION = 1

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === "string"
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isOptional = (value: unknown, check: (value: unknown) => boolean): boolean => value === undefined || check(value)
const isSeconds = (value: unknown): boolean => Number.isSafeInteger(value)
const methods: ReadonlyArray<unknown> = ["none", "client_secret_basic", "client_secret_post"]

const isJwk = (value: unknown): boolean =>
  isMembers(value) && isText(value["kty"]) && Object.values(value).every(isText)
const isProofKey = (value: unknown): boolean =>
  isMembers(value) && isText(value["algorithm"]) && isJwk(value["publicJwk"]) && isJwk(value["privateKey"])

const isAuthentication = (value: unknown): value is RegisteredAuthentication =>
  isMembers(value) && isOptional(value["clientSecret"], isText) && methods.includes(value["tokenEndpointAuthMethod"])

// A file that was written before there were accounts has none in it.
type FiledCredentials = Omit<StoredCredentials, "account"> & Partial<Pick<StoredCredentials, "account">>

const isCredentials = (value: unknown): value is FiledCredentials =>
  isMembers(value) &&
  isText(value["issuer"]) &&
  isText(value["resource"]) &&
  isOptional(value["account"], isText) &&
  isText(value["clientId"]) &&
  isOptional(value["accessToken"], isText) &&
  isOptional(value["expiresAt"], isSeconds) &&
  isOptional(value["refreshToken"], isText) &&
  isOptional(value["proofKey"], isProofKey) &&
  isOptional(value["clientAuthentication"], isAuthentication) &&
  isTexts(value["requestedScope"]) &&
  isTexts(value["grantedScope"])

const isRegistration = (value: unknown): value is StoredRegistration =>
  isAuthentication(value) &&
  isMembers(value) &&
  isText(value["issuer"]) &&
  isText(value["clientId"]) &&
  isOptional(value["clientSecretExpiresAt"], isSeconds) &&
  isTexts(value["redirectUris"])

const isListOf = <A>(value: unknown, check: (value: unknown) => value is A): value is ReadonlyArray<A> =>
  Array.isArray(value) && value.every(check)

/** Why a text is no credential file. */
export type DocumentFault = "not-json" | "wrong-version" | "wrong-shape"

/** Reads a credential file's text; a fault never quotes it, for it holds tokens. */
export const parseDocument = (text: string): CredentialDocument | DocumentFault => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return "not-json"
  }
  if (!isMembers(value)) return "wrong-shape"
  if (value["version"] !== VERSION) return "wrong-version"
  const { credentials, registrations } = value
  return isListOf(credentials, isCredentials) && isListOf(registrations, isRegistration)
    ? { credentials: credentials.map((held) => ({ ...held, account: held.account ?? DEFAULT_ACCOUNT })), registrations }
    : "wrong-shape"
}

export const formatDocument = (document: CredentialDocument): string =>
  `${JSON.stringify({ version: VERSION, ...document }, undefined, 2)}\n`
