// What workers-oauth-provider uses of a namespace of Workers KV, in a Map: text, key metadata, expiry in seconds.

interface Entry {
  readonly value: string
  readonly metadata: unknown
  readonly expiresAt: number
}

interface PutOptions {
  readonly expirationTtl?: number
  readonly expiration?: number
  readonly metadata?: unknown
}

export class MapNamespace {
  readonly #entries = new Map<string, Entry>()

  #find(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.expiresAt > Date.now() ? entry : undefined
  }

  async get(key: string, options?: "json" | "text" | { readonly type?: string }): Promise<unknown> {
    const value = this.#find(key)?.value
    const type = typeof options === "object" ? options.type : options
    return value !== undefined && type === "json" ? JSON.parse(value) : (value ?? null)
  }

  async getWithMetadata(key: string, options?: "json" | "text" | { readonly type?: string }): Promise<unknown> {
    return { value: await this.get(key, options), metadata: this.#find(key)?.metadata ?? null, cacheStatus: null }
  }

  async put(key: string, value: string, options: PutOptions = {}): Promise<void> {
    const { expiration = Number.POSITIVE_INFINITY, expirationTtl, metadata } = options
    const expiresAt = expirationTtl === undefined ? expiration * 1000 : Date.now() + expirationTtl * 1000
    this.#entries.set(key, { value, metadata, expiresAt })
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key)
  }

  async list({ prefix = "" }: { readonly prefix?: string } = {}): Promise<unknown> {
    const names = [...this.#entries.keys()].filter((name) => name.startsWith(prefix)).toSorted()
    const keys = names.map((name) => ({ name, metadata: this.#find(name)?.metadata }))
    return { keys, list_complete: true, cacheStatus: null }
  }
}
