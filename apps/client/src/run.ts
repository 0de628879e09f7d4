import type { Command, Options } from "./arguments.ts"
import { accounts } from "./commands/accounts.ts"
import { call } from "./commands/call.ts"
import { connect } from "./commands/connect.ts"
import { logout } from "./commands/logout.ts"
import { tools } from "./commands/tools.ts"
import { whoami } from "./commands/whoami.ts"
import { EXIT, type ExitCode } from "./exit-codes.ts"
import type { Outcome } from "./output.ts"
import { openSession, type Session } from "./session.ts"
import type { Trace } from "./trace/trace.ts"

/** What a command does, and what it ends with. */
export interface Ran extends Outcome {
  readonly exit: ExitCode
}

/** Runs a command. Whatever goes wrong is thrown. */
export const run = async (command: Command, options: Options, trace: Trace | undefined): Promise<Ran> => {
  if (command._tag === "Accounts") return { ...(await accounts(options)), exit: EXIT.ok }
  if (command._tag === "WhoAmI") return { ...(await whoami(options, command.resource)), exit: EXIT.ok }
  const session = openSession(options, command.resource, trace)
  try {
    return await runAt(session, command, options)
  } finally {
    await session.close()
  }
}

const runAt = async (
  session: Session,
  command: Exclude<Command, { readonly _tag: "Accounts" | "WhoAmI" }>,
  { scope }: Options
): Promise<Ran> => {
  switch (command._tag) {
    case "Connect":
      return { ...(await connect(session, scope)), exit: EXIT.ok }
    case "Tools":
      return { ...(await tools(session)), exit: EXIT.ok }
    case "Logout":
      return logout(session)
    case "Call": {
      const { failed, ...outcome } = await call(session, command.tool, command.parameters)
      return { ...outcome, exit: failed ? EXIT.tool : EXIT.ok }
    }
  }
}
