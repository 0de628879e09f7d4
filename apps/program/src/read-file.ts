import { readFile } from "node:fs/promises"
import { StartFailed } from "./start-failed.ts"

/** Does something with a file that a configuration key names; what goes wrong says which key, which file and why. */
export const withFile = async <A>(key: string, path: string, use: () => Promise<A>): Promise<A> => {
  try {
    return await use()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StartFailed({ subject: key, reason: `${path} cannot be used: ${why}`, cause })
  }
}

/** The text of a file that a configuration key names. */
export const readTextFile = (key: string, path: string): Promise<string> =>
  withFile(key, path, () => readFile(path, "utf8"))

/** The PEM texts of `listen.tls`. */
export const readTls = async (
  tls: { readonly cert: string; readonly key: string } | undefined
): Promise<{ readonly cert: string; readonly key: string } | undefined> =>
  tls && {
    cert: await readTextFile("listen.tls.cert", tls.cert),
    key: await readTextFile("listen.tls.key", tls.key)
  }
