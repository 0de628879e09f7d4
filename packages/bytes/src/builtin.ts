/** What a platform may have beside the web's globals. */
export interface Surroundings {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown }
}

const here: object = globalThis

/** This platform's. */
export const surroundingsHere: Surroundings = here

/**
 * A module of Node, Deno, Bun and whoever stands in for them, without an import: there is nothing for a bundler to resolve, and
 * a browser has none. Any of its members may be missing.
 */
export const findBuiltin = <Module extends object>(
  surroundings: Surroundings,
  name: `node:${string}`
): Partial<Module> | undefined => {
  const found = surroundings.process?.getBuiltinModule?.(name)
  // Its type is what the caller says that it looks for.
  return typeof found === "object" && found !== null ? found : undefined
}
