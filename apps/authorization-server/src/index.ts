export { type Account, accountsOf } from "./accounts.ts"
export {
  type Configuration,
  type ConfigurationInput,
  configurationSchema,
  decodeConfiguration
} from "./configuration.ts"
export { makeEncryptionKey, readEncryptionKey } from "./encryption-keys.ts"
export { eventLine } from "./event-line.ts"
export { pages } from "./pages/index.ts"
export { checkPassword, hashPassword } from "./passwords.ts"
export { type RunningAuthorizationServer, startAuthorizationServer, withKeyRing } from "./start.ts"
