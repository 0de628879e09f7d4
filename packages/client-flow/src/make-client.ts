import * as Result from "effect/Result"
import { codeGrant } from "./authorize.ts"
import { assembleClient, type Client } from "./client.ts"
import type { ClientOptions } from "./options.ts"
import type { ConfigurationInvalid } from "./rejections/index.ts"
import { checkOptions } from "./settings.ts"

/** Makes a client that a person uses; wrong and unknown options are refused by name. */
export const makeClient = (options: ClientOptions): Result.Result<Client, ConfigurationInvalid> =>
  Result.map(checkOptions(options), (settings) => assembleClient(settings, codeGrant(settings)))
