// What an entry point weighs in a browser bundle: esbuild, minified, gzip.
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { table } from "./table.ts"

const bench = import.meta.dirname
const root = join(bench, "..")

/** Bytes of a bundle of this source. */
export const weigh = async (
  contents: string,
  resolveDir: string,
  external: ReadonlyArray<string> = []
): Promise<number> => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["@postern/source"],
    external: [...external],
    write: false,
    logLevel: "silent"
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length
}

const ENTRIES: ReadonlyArray<readonly [name: string, source: string]> = [
  ["@postern/rejection", "packages/rejection/src/index.ts"],
  ["@postern/bytes", "packages/bytes/src/index.ts"],
  ["@postern/pkce", "packages/pkce/src/index.ts"],
  ["@postern/pkce/promise", "packages/pkce/src/promise.ts"],
  ["@postern/challenge-parser", "packages/challenge-parser/src/index.ts"],
  ["@postern/scope", "packages/scope/src/index.ts"],
  ["@postern/uri", "packages/uri/src/index.ts"],
  ["@postern/messages", "packages/messages/src/index.ts"],
  ["@postern/metadata", "packages/metadata/src/index.ts"],
  ["@postern/safe-fetch", "packages/safe-fetch/src/index.ts"],
  ["@postern/jwt-verify", "packages/jwt-verify/src/index.ts"],
  ["@postern/jwt-verify/promise", "packages/jwt-verify/src/promise.ts"]
]

const OTHERS: ReadonlyArray<readonly [name: string, besides: string, contents: string]> = [
  ["pkce-challenge", "pkce", 'export * from "pkce-challenge"; export { default } from "pkce-challenge"'],
  [
    "oauth4webapi: its two PKCE functions",
    "pkce",
    'export { calculatePKCECodeChallenge, generateRandomCodeVerifier } from "oauth4webapi"'
  ],
  [
    "oauth4webapi: the function that reads challenges",
    "challenge-parser",
    'export { processRefreshTokenResponse, WWWAuthenticateChallengeError } from "oauth4webapi"'
  ],
  [
    "SDK: extractWWWAuthenticateParams",
    "challenge-parser",
    'export { extractWWWAuthenticateParams } from "@modelcontextprotocol/client"'
  ],
  [
    "jose: jwtVerify and its key sets",
    "jwt-verify",
    'export { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from "jose"'
  ],
  ["oauth4webapi: validateJwtAccessToken", "jwt-verify", 'export { validateJwtAccessToken } from "oauth4webapi"'],
  ["oauth4webapi: everything", "all of these", 'export * from "oauth4webapi"']
]

/** The section of the page. */
export const sizes = async (): Promise<string> => {
  const ours = []
  for (const [name, source] of ENTRIES) {
    const contents = `export * from "./${source}"`
    const alone = await weigh(contents, root, ["effect", "effect/*"])
    ours.push([`\`${name}\``, String(await weigh(contents, root)), String(alone)])
  }
  const others = []
  for (const [name, besides, contents] of OTHERS) others.push([name, besides, String(await weigh(contents, bench))])
  return `## Size in a browser bundle

Bytes, minified and compressed (esbuild, gzip -9). Effect makes most of ours; a program that has it already, or uses several
of the packages, pays for it once, and the last column is what one package adds then.

${table(["entry point", "with all it needs", "without effect"], ours)}

What there is beside it, which knows fewer rules or other ones:

${table(["other", "comparable with", "bytes"], others)}
`
}
