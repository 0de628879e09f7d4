// The official client of a host that saves what was discovered.
import { makeWith } from "./official.ts"

export const make = makeWith((storage) => ({
  saveDiscoveryState: (discovery) => void (storage["discovery"] = discovery),
  discoveryState: () => storage["discovery"]
}))
