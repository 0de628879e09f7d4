import type { VerifiedToken } from "@postern/jwt-verify"
import type { ScopeHierarchy } from "@postern/scope"
import * as Result from "effect/Result"
import { neededScopes, type Operation, type Policy } from "./policy.ts"
import { OperationUnnamed, ScopeInsufficient } from "./rejections.ts"

/** Whether a verified token opens these operations (MCP authorization, section Runtime Insufficient Scope Errors). */
export const decide = (
  { operations, token }: { readonly token: VerifiedToken; readonly operations: ReadonlyArray<Operation> },
  { hierarchy, policy }: { readonly policy: Policy; readonly hierarchy: ScopeHierarchy }
): Result.Result<void, ScopeInsufficient | OperationUnnamed> => {
  const needed = neededScopes(policy, operations)
  if (needed === undefined) return Result.fail(new OperationUnnamed())
  const missing = hierarchy.missing(token.scope, needed)
  return missing.size === 0
    ? Result.succeed(undefined)
    : Result.fail(new ScopeInsufficient({ needed: [...needed], missing: [...missing] }))
}
