import * as Result from "effect/Result"
import * as z from "zod/mini"
import { isLoopbackHost } from "@postern/uri"
import { ConfigurationInvalid, type ConfigurationIssue } from "./configuration-invalid.ts"

/** Where a server listens; `tls` holds the paths of PEM files. */
export const listenSchema = z.strictObject({
  host: z._default(z.string().check(z.minLength(1)), "127.0.0.1"),
  port: z.int().check(z.minimum(0), z.maximum(65535)),
  tls: z.optional(z.strictObject({ cert: z.string(), key: z.string() })),
  /** A proxy in front ends TLS. */
  behindProxy: z.optional(z.boolean())
})

/** Decodes a parsed configuration file with a schema of strict objects; unknown keys are refused. */
export const decodeConfiguration = <Schema extends z.ZodMiniType>(
  schema: Schema,
  input: unknown
): Result.Result<z.output<Schema>, ConfigurationInvalid> => {
  const decoded = schema.safeParse(input)
  return decoded.success
    ? Result.succeed(decoded.data)
    : Result.fail(new ConfigurationInvalid({ issues: decoded.error.issues.flatMap(describe) }))
}

// A host to listen on is written without the brackets that it has in a URL.
const isLoopback = (host: string): boolean => isLoopbackHost(host.includes(":") ? `[${host}]` : host)

/**
 * A public https URL needs somebody who ends TLS: the program itself or a declared proxy. Without one it listens on loopback
 * alone, for passwords and tokens would cross the network in the clear.
 */
export const checkListen = (
  url: string,
  listen: z.output<typeof listenSchema>
): Result.Result<void, ConfigurationInvalid> => {
  if (listen.tls || listen.behindProxy) return Result.void
  if (url.startsWith("https:")) return refused("listen", `${url} needs ${ENDS_TLS}`)
  return isLoopback(listen.host)
    ? Result.void
    : refused("listen.host", `plain http is for loopback; ${listen.host} needs ${ENDS_TLS}`)
}

const ENDS_TLS = "`tls` (cert and key files) or `behindProxy: true`"

const refused = (key: string, reason: string): Result.Result<never, ConfigurationInvalid> =>
  Result.fail(new ConfigurationInvalid({ issues: [{ key, reason }] }))

/** Values that a schema cannot judge, by key: every wrong one is reported. */
export const checkValues = (
  checks: ReadonlyArray<readonly [key: string, checked: Result.Result<unknown, { readonly message: string }>]>
): Result.Result<void, ConfigurationInvalid> => {
  const issues = checks.flatMap(([key, checked]) =>
    Result.isFailure(checked) ? [{ key, reason: checked.failure.message }] : []
  )
  return issues.length > 0 ? Result.fail(new ConfigurationInvalid({ issues })) : Result.void
}

const describe = (issue: z.core.$ZodIssue): ReadonlyArray<ConfigurationIssue> => {
  const at = (extra: ReadonlyArray<PropertyKey>) => pathOf([...issue.path, ...extra])
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({ key: at([key]), reason: "is not a known key" }))
    : [{ key: at([]), reason: issue.message }]
}

/** A path as it would be written in a program: `accounts[0].password`. */
const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === "number" ? `${text}[${step}]` : text === "" ? String(step) : `${text}.${String(step)}`,
    ""
  ) || "(top level)"
