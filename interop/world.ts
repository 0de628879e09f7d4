// The two apps as they are, and somebody who signs in and consents, for judges that open a browser.
import * as tls from "node:tls"
import { startWorld, type World } from "../apps/demo/src/index.ts"
import { type Person, startPerson } from "./person.ts"
import { makeWatch, type Watch } from "./watch.ts"

/** The apps with a person at a browser. */
export interface Stage {
  readonly world: World
  readonly person: Person
  readonly watch: Watch
  readonly close: () => Promise<void>
}

/** Starts everything on loopback ports; `change` has the last word on the authorization server's configuration. */
export const startStage = async (change?: Parameters<typeof startWorld>[1]): Promise<Stage> => {
  const watch = makeWatch()
  const world = await startWorld(watch.recorder, change)
  // The host of the client's metadata document has a certificate of its own, which judges fetch with the platform's `fetch`.
  const platform = tls.getCACertificates("default")
  tls.setDefaultCACertificates([...platform, world.ca])
  const person = await startPerson(world.administrator)
  return {
    world,
    person,
    watch,
    close: async () => {
      person.close()
      tls.setDefaultCACertificates(platform)
      await world.close()
    }
  }
}
