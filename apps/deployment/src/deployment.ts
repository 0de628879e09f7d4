import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ConfigurationInput, hashPassword } from "@postern/app-authorization-server"
import { freePort } from "@postern/app-demo"
import { startPostgres } from "@postern/app-postgres"
import { type Balancer, startBalancer } from "./balancer.ts"
import type { Person } from "./crowd.ts"
import { type Instance, makeInstance } from "./instance.ts"
import { APPS, REDIRECT_URI, RESOURCE, SCOPE } from "./setting.ts"

/** Everything that runs. */
export interface Deployment {
  /** The balancer's URL, which is the issuer of all instances. */
  readonly issuer: string
  readonly instances: ReadonlyArray<Instance>
  readonly close: () => Promise<void>
}

const PASSWORD = "a password that everybody has here"

/** The people that can sign in, and their accounts. */
export const makePeople = async (count: number) => {
  const password = await hashPassword(PASSWORD)
  const people: ReadonlyArray<Person> = Array.from({ length: count }, (_, index) => ({
    username: `person-${index}`,
    password: PASSWORD
  }))
  const accounts = people.map(({ username }) => ({ username, subject: username, name: username, password }))
  return { people, accounts }
}

const configurationOf = (facts: {
  readonly issuer: string
  readonly port: number
  readonly folder: string
  readonly accounts: NonNullable<ConfigurationInput["accounts"]>
  readonly refreshReplay: number
}): ConfigurationInput => ({
  issuer: facts.issuer,
  listen: { port: facts.port },
  store: "postgres:env:POSTERN_DATABASE",
  keys: { encryptionKey: `file:${join(facts.folder, "encryption.key")}` },
  resources: [{ resource: RESOURCE, scopes: { [SCOPE]: { description: "Read your notes" } } }],
  clients: Array.from({ length: APPS }, (_, index) => ({
    clientId: `app-${index}`,
    name: `App ${index}`,
    redirectUris: [REDIRECT_URI],
    tokenEndpointAuthMethod: "none" as const
  })),
  accounts: facts.accounts,
  lifetimes: { refreshReplay: facts.refreshReplay }
})

/** Brings up PostgreSQL, the instances and the balancer in front of them. */
export const startDeployment = async (facts: {
  readonly names: ReadonlyArray<string>
  readonly accounts: NonNullable<ConfigurationInput["accounts"]>
  readonly refreshReplay: number
  readonly onAnswered: (name: string) => void
}): Promise<Deployment> => {
  const { accounts, names, onAnswered, refreshReplay } = facts
  const folder = await mkdtemp(join(tmpdir(), "postern-deployment-"))
  const postgres = await startPostgres({ durable: true })
  const started: Array<Instance> = []
  let balancer: Balancer | undefined
  const close = async (): Promise<void> => {
    await balancer?.close()
    await Promise.all(started.map((instance) => instance.stop()))
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const port = await freePort()
    const issuer = `http://127.0.0.1:${port}`
    for (const name of names) {
      const listen = await freePort()
      const configuration = join(folder, `${name}.json`)
      await writeFile(
        configuration,
        JSON.stringify(configurationOf({ issuer, port: listen, folder, accounts, refreshReplay }))
      )
      const instance = makeInstance({
        name,
        port: listen,
        configuration,
        environment: { POSTERN_DATABASE: postgres.url }
      })
      started.push(instance)
      await instance.start()
    }
    balancer = await startBalancer(port, started, ({ backend, outcome }) => {
      if (outcome === "answered") onAnswered(backend)
    })
    return { issuer, instances: started, close }
  } catch (error) {
    await close()
    throw error
  }
}
