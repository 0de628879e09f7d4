import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import type { AskedClient, ClientRequest } from "@postern/client-flow"
import { printable } from "./printable.ts"
import { releaseInput } from "./release-input.ts"

/** Somebody at a terminal who can be told something, and answers by lines. */
export interface Terminal {
  readonly input: Readable
  readonly tell: (text: string) => void
}

/**
 * Asks for the id of a client that was registered for this redirect URI, at a server that lets nobody register. An empty line, or the
 * end of the input, is none. A secret is not asked for: it would stand on the screen.
 */
export const askForClient =
  ({ input, tell }: Terminal) =>
  async ({ issuer, redirectUri }: ClientRequest): Promise<AskedClient | undefined> => {
    tell(
      printable(
        `${issuer} registers nobody by itself. Register a client there, with the redirect URI ${redirectUri}\n` +
          "(one that has a secret: end here, and name it with --issuer, --client-id and --client-secret-env).\n" +
          "Its client id, or an empty line for none:"
      )
    )
    const clientId = (await readLine(input)).trim()
    return clientId === "" ? undefined : { clientId }
  }

const readLine = async (input: Readable): Promise<string> => {
  const lines = createInterface({ input })
  try {
    return await new Promise<string>((resolve) => {
      lines.once("line", resolve)
      lines.once("close", () => resolve(""))
    })
  } finally {
    lines.close()
    releaseInput(input)
  }
}
