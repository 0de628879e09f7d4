export { type Configuration, type ConfigurationInput, decodeConfiguration } from "./configuration.ts"
export { type Notes, notesServer, policy } from "./notes.ts"
export { type RunningResourceServer, startResourceServer } from "./start.ts"
