import type { Layer } from "@postern/client-flow"

/** What the program ends with. A script may rely on these. */
export const EXIT = {
  ok: 0,
  /** Our own bug. */
  unexpected: 1,
  usage: 2,
  /** A login was needed, and none came about. */
  loginNeeded: 3,
  /** The person, or somebody who decides for them, said no. */
  refused: 4,
  /** This client, or what it was told, is wrong. */
  client: 5,
  server: 6,
  authorizationServer: 7,
  network: 8,
  /** The login is fine: the call was answered with an error. */
  tool: 9,
  interrupted: 130,
  terminated: 143
} as const

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The exit code of an error by who has to change something. */
export const exitOfLayer: Readonly<Record<Layer, ExitCode>> = {
  user: EXIT.refused,
  client: EXIT.client,
  configuration: EXIT.client,
  "resource server": EXIT.server,
  "authorization server": EXIT.authorizationServer,
  network: EXIT.network,
  "something between": EXIT.network
}
