/**
 * Every size, count, time and rate that this server holds itself to, in one place. Lifetimes are the operator's
 * (`lifetimes`); here are their defaults and bounds.
 */

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

// Sizes.

/** The body of a request, in bytes: a registration with its keys fits, and nothing larger is ever needed. */
export const MAXIMUM_BODY_BYTES = 65_536
/** A `Content-Type` header, in characters. */
export const MAXIMUM_MEDIA_TYPE_LENGTH = 200
/** A `state` that an error takes back, in characters: as long as a parameter may be. */
export const MAXIMUM_STATE_LENGTH = 4096
/** An access token that is read again, in characters: ours are shorter, however many scopes they hold. */
export const MAXIMUM_TOKEN_LENGTH = 16_384
/** An `error_description`, in characters. */
export const MAXIMUM_DESCRIPTION_LENGTH = 300
/** What a client calls itself, in characters: more would push what matters off the page. */
export const MAXIMUM_NAME_CHARACTERS = 100
/** A Client ID Metadata Document, in bytes (section 6.6 of the draft). */
export const MAXIMUM_DOCUMENT_BYTES = 5120
/** A logo, in bytes. */
export const MAXIMUM_LOGO_BYTES = 65_536

// Counts.

/** Authorization requests that wait for a user at a time; beyond them the oldest leaves. */
export const MAXIMUM_PENDING_REQUESTS = 10_000
/** Clients that may be registered unless told otherwise; beyond them the oldest leaves that was never used. */
export const DEFAULT_MAXIMUM_CLIENTS = 10_000
/** Redirect URIs of one client. */
export const MAXIMUM_REDIRECT_URIS = 32
/** Documents that are kept; the one that was not used for longest leaves. */
export const MAXIMUM_DOCUMENTS = 1000
/** Key sets behind a `jwks_uri` that are kept; the one that was not used for longest leaves. */
export const MAXIMUM_KEY_SETS = 1000
/** Logos that are kept. */
export const MAXIMUM_LOGOS = 100
/** Names that a rate or a throttle counts at a time; the oldest leaves. */
export const MAXIMUM_COUNTED_NAMES = 10_000
/** How long the answer to a form is repeated to who posts it again. */
export const PRESS_SECONDS = 10
/** Answers to forms that are kept at a time; the oldest leaves. */
export const MAXIMUM_PRESSES = 1000
/** Expired rows of each kind that one transaction removes: few enough that nobody waits for it. */
export const PURGE_BATCH = 200

// Times, in seconds unless named otherwise.

/** For how long a body may take to arrive. */
export const BODY_SECONDS = 10
/** For how long anybody may keep the metadata and the public keys. */
export const PUBLIC_AGE_SECONDS = 300
/** For how long a browser may keep the answer to a preflight request. */
export const PREFLIGHT_AGE_SECONDS = 600
/** For how long a browser asks for this host by https alone, once it was told. */
export const TRANSPORT_SECURITY_SECONDS = 365 * DAY
/**
 * How long one call of the store is waited for. With {@link UNAVAILABLE_RETRY_SECONDS} it is less than the replay window of a refresh:
 * whoever was not told of a rotation that was made all the same comes back in time for its answer.
 */
export const STORE_SECONDS = 3
/** After which to try again when the store or the directory of people does not answer. */
export const UNAVAILABLE_RETRY_SECONDS = 5
/** After which to try again when no more clients can be registered: until one of them leaves. */
export const REGISTRATION_RETRY_SECONDS = HOUR
/** For how long a document counts whose headers say nothing. */
export const DOCUMENT_FRESH_SECONDS = 300
/** For how long it counts at most, whatever its headers say: a redirect URI that was taken back must not work for long. */
export const MAXIMUM_DOCUMENT_FRESH_SECONDS = HOUR
/** For how long a document counts, after that, while its server cannot be asked, unless told. */
export const DEFAULT_STALE_SECONDS = HOUR
/** And what one may be told at most. */
export const MAXIMUM_STALE_SECONDS = DAY
/** While the server of a document fails, it is asked this often. */
export const DOCUMENT_COOL_DOWN_SECONDS = 30
/** For how long a client's key set behind a `jwks_uri` is kept, or less where its server says so. */
export const KEY_SET_SECONDS = 300
/** For how long it counts, after that, while its server fails. */
export const KEY_SET_STALE_SECONDS = HOUR
/** Between two fetches of one URL, whatever for: who is unknown can make no more of them. */
export const KEY_SET_COOL_DOWN_SECONDS = 30
/** How far ahead an assertion of `private_key_jwt` may end: it has to be remembered until then. */
export const ASSERTION_AHEAD_SECONDS = 600
/** By how much the clock of its client may differ. */
export const ASSERTION_TOLERANCE_SECONDS = 5
/** For how long a logo is kept, whatever its headers say: this is decoration. */
export const LOGO_SECONDS = HOUR
/** A logo that could not be had is not asked for again before. */
export const LOGO_MISSING_SECONDS = 300
/** For how long a client that registered itself waits for its first use. */
export const UNUSED_CLIENT_SECONDS = 90 * DAY
/** For how many milliseconds a page waits for a logo; the fetch goes on for the next one. */
export const LOGO_PATIENCE_MILLIS = 500
/** What a token may be accepted for after its end, where clocks differ: its key and its revocation are kept for so much longer. */
export const CLOCK_TOLERANCE_SECONDS = 300
/** How old a process's copy of the key ring may be: as late does it notice what another one changed. */
export const RING_AGE_SECONDS = MINUTE
/** When the ring could not be read again, the copy is used for so long before the store is asked once more. */
export const RING_COOL_DOWN_SECONDS = 5
/** For how long a key signs, unless told. */
export const DEFAULT_ROTATE_SECONDS = 30 * DAY
/** For how long a key is published before it signs, unless told. */
export const DEFAULT_PUBLISH_AHEAD_SECONDS = HOUR
/** And at least: anybody may keep the published keys for so long, and our own copy of the ring comes on top. */
export const LEAST_PUBLISH_AHEAD_SECONDS = PUBLIC_AGE_SECONDS + RING_AGE_SECONDS
/** Between two rounds in which expired rows are removed. */
export const HOUSEKEEPING_SECONDS = MINUTE
/** Between two batches of such a round, in milliseconds: whoever waits for the store comes first. */
export const PURGE_PAUSE_MILLIS = 20

/** The lifetimes that count unless told, in seconds. */
export const DEFAULT_LIFETIMES = {
  code: MINUTE,
  accessToken: 600,
  refreshToken: 30 * DAY,
  grant: 90 * DAY,
  consent: 90 * DAY,
  interaction: 600,
  session: 8 * HOUR,
  refreshReplay: 10
} as const

/**
 * The longest lifetimes that can be configured. A code lives ten minutes at most (OAuth 2.1 section 4.1.2); the others keep a
 * slip of the pen from making things immortal.
 */
export const MAXIMUM_LIFETIMES = {
  code: 600,
  accessToken: HOUR,
  refreshToken: 366 * DAY,
  grant: 3660 * DAY,
  consent: 3660 * DAY,
  interaction: HOUR,
  session: 30 * DAY,
  refreshReplay: MINUTE
} as const

// Throttles and rates: so many within so many seconds. What they count is told by name or account, never by address.

/** So many within so many seconds, and then none until the window ends. */
export interface Limit {
  readonly limit: number
  readonly windowSeconds: number
}

/** Wrong passwords for one name. */
export const SIGN_IN_LIMIT: Limit = { limit: 5, windowSeconds: MINUTE }
/** Wrong requests for one code, which is worth nothing afterwards: it does not live that long. */
export const REDEMPTION_LIMIT: Limit = { limit: 10, windowSeconds: 600 }
/** Wrong secrets for one client: more are not even told apart. The right one passes all the same. */
export const SECRET_LIMIT: Limit = { limit: 20, windowSeconds: MINUTE }
/** Assertions of one client that the operator configured: each is remembered until it has expired. */
export const ASSERTION_LIMIT: Limit = { limit: 3000, windowSeconds: MINUTE }
/** And those of all others together, of whom anybody can add one: so many are remembered at most, times eleven minutes. */
export const UNVOUCHED_ASSERTION_LIMIT: Limit = { limit: 30_000, windowSeconds: MINUTE }
/** Clients that register themselves, all together. */
export const REGISTRATION_LIMIT: Limit = { limit: 300, windowSeconds: MINUTE }
/** Fetches from one host: a client whose server forbids keeping its document needs one for each sign-in and each token. */
export const HOST_FETCH_LIMIT: Limit = { limit: 60, windowSeconds: MINUTE }
/** Fetches from all hosts together. */
export const FETCH_LIMIT: Limit = { limit: 600, windowSeconds: MINUTE }

/**
 * What the operator may change by `rates`, each in a minute: tokens of one client for one account, authorization requests of
 * one account (of one browser, while nobody is signed in), and revocations of one client that had something to revoke. Asking
 * whether a token is active has no rate: only resource servers that are configured may.
 */
export const DEFAULT_RATES = { tokens: 600, authorizations: 120, revocations: 600 } as const

/** The rate that nothing can exceed by configuration. */
export const MAXIMUM_RATE = 1_000_000
/** What rates are counted in, in seconds. */
export const RATE_WINDOW_SECONDS = MINUTE
