import type { Exception, Relaxation } from "@postern/client-flow"
import {
  type Adjustment,
  audienceParameter,
  callbackIssuer,
  errorsWith200,
  metadataIssuer,
  offlineByParameter,
  omitResource,
  registerWithSecret,
  scopePrefix,
  scopeRequired,
  scopeWithCommas,
  tokenOfUser
} from "@postern/client-flow/exceptions"
import type * as exceptions from "@postern/client-flow/exceptions"
import { UsageInvalid } from "./usage-invalid.ts"

/** The exceptions of a command line, each as `NAME` or `NAME=VALUE`, for the one issuer that is named beside them. */
export const readExceptions = (texts: ReadonlyArray<string>, issuer: string): ReadonlyArray<Relaxation> =>
  texts.map((text) => ({ issuer, allow: exceptionOf(text), reason: "named on the command line" }))

const exceptionOf = (text: string): Relaxation["allow"] => {
  const [, name = text, value] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  if (isMade(name)) return MADE[name](name, value)
  if (!isNamed(name)) {
    const names = [...Object.keys(NAMED), ...Object.keys(MADE)].join(", ")
    throw new UsageInvalid(`--exception ${name}: is not one of ${names}`)
  }
  return withoutValue(name)(name, value)
}

/** Makes an exception of its name and of what stands behind `=`. */
type Make<A> = (name: string, value: string | undefined) => A

const withoutValue =
  <A>(exception: A): Make<A> =>
  (name, value) => {
    if (value !== undefined) throw new UsageInvalid(`--exception ${name}: takes no value`)
    return exception
  }

const withValue =
  (what: string, make: (value: string) => Adjustment | undefined): Make<Adjustment> =>
  (name, value) => {
    const made = value === undefined || value.trim() === "" ? undefined : make(value)
    if (made === undefined) throw new UsageInvalid(`--exception ${name}=${what}: needs a value of this kind`)
    return made
  }

const orWithValue =
  (what: string, make: (value?: string) => Adjustment): Make<Adjustment> =>
  (name, value) =>
    value === undefined ? make() : withValue(what, make)(name, value)

const NAMED: Readonly<Record<Exception, true>> = {
  "issuer-trailing-slash": true,
  "pkce-metadata-absent": true,
  "metadata-other-origin": true,
  "endpoint-other-origin": true,
  "legacy-2025-03-26": true
}

const secretMethod = (value: string): Adjustment | undefined =>
  value === "client_secret_basic" || value === "client_secret_post" ? registerWithSecret(value) : undefined

const requiredScope = (value: string): Adjustment | undefined => {
  const [first, ...rest] = value.split(" ").filter((scope) => scope !== "")
  return first === undefined ? undefined : scopeRequired(first, ...rest)
}

const namedErrors = (value: string): Adjustment | undefined => {
  const pairs = value.split(",").map((pair) => pair.split(":"))
  const isWhole = pairs.every((pair) => pair.length === 2 && pair.every((code) => code !== ""))
  return isWhole ? errorsWith200(Object.fromEntries(pairs)) : undefined
}

const MADE: Readonly<Record<keyof typeof exceptions, Make<Adjustment>>> = {
  metadataIssuer: withValue("ISSUER", metadataIssuer),
  callbackIssuer: withValue("ISSUER", callbackIssuer),
  registerWithSecret: withValue("client_secret_basic|client_secret_post", secretMethod),
  omitResource: withoutValue(omitResource),
  scopePrefix: orWithValue("PREFIX", scopePrefix),
  scopeRequired: withValue("SCOPE", requiredScope),
  scopeWithCommas: withoutValue(scopeWithCommas),
  audienceParameter: orWithValue("AUDIENCE", audienceParameter),
  offlineByParameter: withoutValue(offlineByParameter),
  errorsWith200: (name, value) =>
    value === undefined ? errorsWith200() : withValue("THEIRS:OURS,…", namedErrors)(name, value),
  tokenOfUser: withoutValue(tokenOfUser)
}

const isMade = (name: string): name is keyof typeof MADE => Object.hasOwn(MADE, name)

const isNamed = (name: string): name is Exception => Object.hasOwn(NAMED, name)
