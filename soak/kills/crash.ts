import { StatementSync } from "node:sqlite"

/** From now on this process ends itself with `kill -9` right before one of its next statements to SQLite, after so many others. */
export const crashAfter = (statements: number): void => {
  let left = statements
  for (const method of ["all", "run"] as const) {
    const original: unknown = StatementSync.prototype[method]
    if (typeof original !== "function") throw new Error("node:sqlite has changed")
    Object.defineProperty(StatementSync.prototype, method, {
      value: function (this: StatementSync, ...parameters: Array<unknown>): unknown {
        if (left === 0) process.kill(process.pid, "SIGKILL")
        left -= 1
        return Reflect.apply(original, this, parameters)
      }
    })
  }
}
