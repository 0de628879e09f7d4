import * as Result from "effect/Result"
import { assembleClient, type Client } from "../client.ts"
import type { ConfigurationInvalid } from "../rejections/index.ts"
import { machineGrant } from "./machine-grant.ts"
import type { MachineClientOptions } from "./options.ts"
import { checkMachineOptions } from "./settings.ts"

/**
 * Makes a client that gets its tokens without a browser: for itself, for a workload, or for a person whom an enterprise's
 * identity provider speaks for. Everything else is as with `makeClient`; wrong and unknown options are refused by name.
 */
export const makeMachineClient = (options: MachineClientOptions): Result.Result<Client, ConfigurationInvalid> =>
  Result.map(checkMachineOptions(options), (settings) => assembleClient(settings, machineGrant(settings)))
