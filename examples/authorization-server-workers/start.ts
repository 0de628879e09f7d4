// Bundles the Worker and runs it in workerd, on this machine, with its state in a folder.
import { build } from "esbuild"
import { Miniflare } from "miniflare"

/** A Worker that runs. */
export interface Running {
  readonly fetch: typeof globalThis.fetch
  readonly stop: () => Promise<void>
}

/** Bundles once; each start is another process over the same state. */
export const prepare = async (bindings: Readonly<Record<string, string>>, folder: string) => {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/worker.ts`],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["@postern/source", "workerd", "worker"],
    external: ["node:*"],
    write: false
  })
  return async (): Promise<Running> => {
    const miniflare = new Miniflare({
      modules: true,
      script: outputFiles[0]?.text ?? "",
      compatibilityDate: "2026-01-01",
      compatibilityFlags: ["nodejs_compat"],
      bindings: { ...bindings },
      durableObjects: { AUTHORIZATION_SERVER: { className: "AuthorizationServer", useSQLite: true } },
      durableObjectsPersist: folder,
      cf: false
    })
    await miniflare.ready
    return {
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const body = request.body === null ? null : await request.arrayBuffer()
        const { method, url } = request
        const answer = await miniflare.dispatchFetch(url, {
          method,
          body,
          headers: [...request.headers],
          redirect: "manual"
        })
        const { status } = answer
        return new Response(await answer.arrayBuffer(), { status, headers: [...answer.headers] })
      },
      stop: () => miniflare.dispose()
    }
  }
}
