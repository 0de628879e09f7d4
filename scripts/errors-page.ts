// Writes docs/errors.md from the packages themselves: `pnpm run errors-page`, with `--check` only compares.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { redirectErrors, targetPages } from "../packages/as-core/src/authorize/wire.ts"
import { formPages } from "../packages/as-core/src/interaction/wire.ts"
import { registrationErrors } from "../packages/as-core/src/register/wire.ts"
import { tokenErrors } from "../packages/as-core/src/token/wire.ts"
import { explain } from "../packages/client-flow/src/explain.ts"
import type { Answer } from "../packages/resource-server/src/incoming.ts"
import { refuse } from "../packages/resource-server/src/wire.ts"
import { type ErrorClass, errorClasses } from "./error-classes.ts"
import { publicPackages, root } from "./workspace.ts"

const PAGE = join(root, "docs/errors.md")

const table = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [header, header.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n")

const fieldNames = ({ fields }: ErrorClass): string => [...fields.keys()].map((field) => `\`${field}\``).join(", ")

const packageSection = (name: string, classes: ReadonlyArray<ErrorClass>): ReadonlyArray<string> => {
  const rejections = classes.filter(({ kind }) => kind === "rejection")
  const failures = classes.filter(({ kind }) => kind === "failure")
  const rejectionRows = rejections.map((each) => [`\`${each.name}\``, each.spec, each.meaning, fieldNames(each)])
  const failureRows = failures.map((each) => [`\`${each.name}\``, each.meaning, fieldNames(each)])
  return [
    ...(classes.length > 0 ? [`### ${name}`] : []),
    ...(rejections.length > 0 ? [table(["Rejection", "Clause", "Meaning", "Fields"], rejectionRows)] : []),
    ...(failures.length > 0 ? [table(["Failure", "Meaning", "Fields"], failureRows)] : [])
  ]
}

/** What a wire row says of a rejection: one line per answer that the values of its fields lead to. */
type Row = (rejection: never) => string | object

const samples = (error: ErrorClass | undefined): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const issues = [{ issues: [{ path: "redirect_uris[0]" }] }, { issues: [{ path: "client_name" }] }]
  const unions = [...(error?.fields ?? [])].flatMap(([field, values]) => values.map((value) => ({ [field]: value })))
  return error?.fields.has("issues") ? issues : unions.length > 0 ? unions : [{}]
}

const answers = (row: Row, error: ErrorClass | undefined): string => {
  const texts = samples(error).map((sample) => {
    // The rows read nothing but the fields that the sample has.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const answer = row(sample as never)
    return typeof answer === "string" ? `\`${answer}\`` : Object.values(answer).join(" ")
  })
  return [...new Set(texts)].join(", ")
}

const wireSection = (
  title: string,
  answer: string,
  rows: Readonly<Record<string, Row>>,
  byName: ReadonlyMap<string, ErrorClass>
): ReadonlyArray<string> => [
  `### ${title}`,
  table(
    ["Rejection", answer],
    Object.entries(rows)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([tag, row]) => [`\`${tag}\``, answers(row, byName.get(tag))])
  )
]

const seen = new Set<unknown>()
const packages: Array<readonly [string, ReadonlyArray<ErrorClass>]> = []
for (const each of publicPackages()) packages.push([each.manifest.name, await errorClasses(each, seen)])
const all = packages.flatMap(([, classes]) => classes)
const byName = new Map(all.map((each) => [each.name, each]))

/** Errors of the client of which the fields decide whose fault they are; one of each outcome. */
const DECIDED_BY_FIELDS: Readonly<Record<string, ReadonlyArray<Readonly<Record<string, unknown>>>>> = {
  AuthorizationRefused: [{ error: "invalid_scope" }, { error: "access_denied" }],
  FetchRejected: [
    { reason: "too-large", url: "https://as.example.com/.well-known/oauth-authorization-server" },
    { reason: "too-large", url: "https://mcp.example.com/.well-known/oauth-protected-resource" },
    { reason: "redirect" }
  ],
  ResourceRedirected: [
    { expected: "https://mcp.example.com", received: "https://mcp.example.com/mcp" },
    { expected: "https://mcp.example.com", received: "https://login.example" }
  ],
  ServerUnavailable: [{ status: 500 }, { status: 500, purpose: "protected-resource-metadata" }, { status: 502 }]
}

/** Whose errors end a flow of the client; others have the same names for other things. */
const OF_THE_CLIENT: ReadonlySet<string> = new Set(
  ["scope", "uri", "messages", "metadata", "safe-fetch", "dpop", "client-flow"].map((name) => `@postern/${name}`)
)

const explanations = packages
  .flatMap(([name, classes]) => (OF_THE_CLIENT.has(name) ? classes : []))
  .sort((a, b) => (a.name < b.name ? -1 : 1))
  .flatMap((error) => {
    const { kind, name, spec } = error
    // Where the fields of an error decide, each outcome that their values lead to.
    const rows = (DECIDED_BY_FIELDS[name] ?? [{}]).flatMap((sample) => {
      const explanation = explain({ ...sample, _tag: name, kind, spec })
      return explanation === undefined ? [] : [[explanation.layer, explanation.clause ?? "", explanation.remedy]]
    })
    const distinct = new Map(rows.map((row) => [row.join(), row]))
    return [...distinct.values()].map((row) => [`\`${name}\``, ...row])
  })

/** What the guard answers to a refusal; `undefined` for an error that it never meets. */
const refusal = (tag: string): ReadonlyArray<string> | undefined => {
  const facts = { metadataUrl: "https://mcp.example.com/.well-known/oauth-protected-resource", baseScopes: [] }
  let answer: Answer
  try {
    // A row reads nothing of a refusal but its tag, the scopes that are needed and the nonce.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    answer = refuse({ _tag: tag, needed: ["scope"], nonce: "nonce" } as never, facts)
  } catch {
    return undefined
  }
  const body: {
    readonly error?: string | { readonly code: number; readonly message: string }
    readonly error_description?: string
  } = JSON.parse(answer.body ?? "{}")
  const { code, message = "" } = typeof body.error === "object" ? body.error : {}
  const error = typeof body.error === "string" ? `\`${body.error}\`` : code === undefined ? "" : `JSON-RPC ${code}`
  const challenge = Object.hasOwn(answer.headers, "WWW-Authenticate") ? "yes" : ""
  return [`\`${tag}\``, String(answer.status), error, challenge, body.error_description ?? message]
}

const refusals = [...byName.keys()].sort().flatMap((tag) => {
  const row = refusal(tag)
  return row === undefined ? [] : [row]
})

const page = `${[
  "# Errors",
  "A rejection means that a peer is wrong, a failure that the world is wrong (network, disk, store). Each rejection names the\nclause that it enforces. This page is generated from the packages by `pnpm run errors-page`.",
  "## By package",
  ...packages.flatMap(([name, classes]) => packageSection(name, classes)),
  "## What the peer sees",
  "### Protected resource",
  table(["Rejection", "Status", "Error", "Challenge", "Description"], refusals),
  ...wireSection("Authorization endpoint, shown as a page", "Page", targetPages, byName),
  ...wireSection("Authorization endpoint, sent to the redirect URI", "Error", redirectErrors, byName),
  ...wireSection("Sign-in and consent pages", "Page", formPages, byName),
  ...wireSection("Token endpoint", "Answer", tokenErrors, byName),
  ...wireSection("Registration endpoint", "Answer", registrationErrors, byName),
  "## In the client: who is at fault, and what fixes it",
  table(["Error", "At fault", "Clause", "Remedy"], explanations)
].join("\n\n")}\n`

for (const { name } of all.filter(({ meaning }) => meaning === "")) {
  console.error(`${name} has no docstring`)
  process.exitCode = 1
}
if (!process.argv.includes("--check")) writeFileSync(PAGE, page)
else if (!existsSync(PAGE) || readFileSync(PAGE, "utf8") !== page) {
  console.error("docs/errors.md is behind the packages: run `pnpm run errors-page`")
  process.exitCode = 1
}
