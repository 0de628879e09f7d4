/**
 * The schema as a list of steps: step `n` leads from version `n` to version `n + 1`. A step that was published is
 * never changed. This is SQLite's dialect: `STRICT`, `WITHOUT ROWID`, a `sequence` that counts by itself and 64-bit
 * `INTEGER` are its words, which `postgres/schema.ts` replaces.
 */
export const migrations: ReadonlyArray<string> = [
  `
CREATE TABLE clients (
  sequence INTEGER PRIMARY KEY,
  client_id TEXT NOT NULL UNIQUE,
  client TEXT NOT NULL,
  metadata_hash TEXT UNIQUE,
  registration_token_hash TEXT,
  unused_until INTEGER,
  used_at INTEGER
) STRICT;
CREATE INDEX clients_unused_until ON clients (unused_until) WHERE used_at IS NULL AND unused_until IS NOT NULL;
CREATE INDEX clients_never_used ON clients (unused_until, sequence) WHERE used_at IS NULL AND registration_token_hash IS NULL;

CREATE TABLE sessions (
  id_hash TEXT PRIMARY KEY,
  subject TEXT,
  authenticated_at INTEGER,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE interactions (
  sequence INTEGER PRIMARY KEY,
  id_hash TEXT NOT NULL UNIQUE,
  session_hash TEXT NOT NULL,
  request TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX interactions_by_expiry ON interactions (expires_at);
CREATE INDEX interactions_by_session ON interactions (session_hash);

CREATE TABLE consents (
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  resource TEXT NOT NULL,
  scope TEXT NOT NULL,
  client_hash TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (client_id, subject, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_by_expiry ON consents (expires_at);

CREATE TABLE allowances (
  to_kind TEXT NOT NULL,
  to_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  scope TEXT NOT NULL,
  given_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (to_kind, to_id, resource, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
  grant_id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  resources TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_expiry ON grants (expires_at);
CREATE INDEX grants_by_client ON grants (client_id, subject) WHERE ended_at IS NULL;

CREATE TABLE codes (
  code_hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL UNIQUE REFERENCES grants (grant_id) ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,
  code_challenge TEXT NOT NULL,
  dpop_jkt TEXT,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_never_used ON codes (expires_at) WHERE used_at IS NULL;

-- One row per grant, however often it is rotated. Its last answer may have left. A rotation moves the expiry, and no entry of an
-- index: the purge looks when the row was to expire before, and then notes when to look again.
CREATE TABLE refresh_tokens (
  chain_hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL UNIQUE REFERENCES grants (grant_id) ON DELETE CASCADE,
  jkt TEXT,
  token_hash TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  look_at INTEGER NOT NULL,
  answer INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_look ON refresh_tokens (look_at);

-- The answers of the last seconds, one behind the other: in the rows of their tokens each would take a page. A sequence may come
-- again when all after it have left: the token that was rotated says whose an answer is.
CREATE TABLE answers (
  sequence INTEGER PRIMARY KEY,
  token_hash TEXT NOT NULL,
  binding TEXT NOT NULL,
  sealed TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX answers_by_until ON answers (until);

CREATE TABLE spent_ids (
  id_hash TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_ids_by_expiry ON spent_ids (expires_at);

CREATE TABLE key_ring (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,
  keys TEXT NOT NULL
) STRICT;
`
]
