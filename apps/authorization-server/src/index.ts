export { type Account, accountsOf } from "./accounts.ts"
export {
  type Configuration,
  type ConfigurationInput,
  configurationSchema,
  decodeConfiguration
} from "./configuration.ts"
export { eventLine } from "./event-line.ts"
export { keepHouse } from "./housekeeping.ts"
export { pages } from "./pages/index.ts"
export { checkPassword, hashPassword } from "./passwords.ts"
export { generateSigningKey, readSigningKeys } from "./signing-keys.ts"
export { type RunningAuthorizationServer, startAuthorizationServer } from "./start.ts"
