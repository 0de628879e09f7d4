// Storage of oidc-provider in a Map: what its own example has, without a bound on entries.

interface Payload {
  readonly grantId?: string
  readonly uid?: string
  consumed?: number
}

const storage = new Map<string, Payload | string | Array<string>>()

export class MapAdapter {
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  #key(id: string): string {
    return `${this.#name}:${id}`
  }

  async upsert(id: string, payload: Payload): Promise<void> {
    const key = this.#key(id)
    if (this.#name === "Session" && payload.uid !== undefined) storage.set(`uid:${payload.uid}`, id)
    if (payload.grantId !== undefined) {
      const keys = storage.get(`grant:${payload.grantId}`)
      if (Array.isArray(keys)) keys.push(key)
      else storage.set(`grant:${payload.grantId}`, [key])
    }
    storage.set(key, payload)
  }

  async find(id: string): Promise<unknown> {
    return storage.get(this.#key(id))
  }

  async findByUid(uid: string): Promise<unknown> {
    return this.find(String(storage.get(`uid:${uid}`)))
  }

  async findByUserCode(): Promise<undefined> {
    return undefined
  }

  async consume(id: string): Promise<void> {
    const payload = storage.get(this.#key(id))
    if (typeof payload === "object" && !Array.isArray(payload)) payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    storage.delete(this.#key(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const keys = storage.get(`grant:${grantId}`)
    if (Array.isArray(keys)) for (const key of keys) storage.delete(key)
    storage.delete(`grant:${grantId}`)
  }
}
