import type { Operation, OperationPolicy, ScopeSet } from "@postern/scope"
import { OperationUnnamed, ScopeInsufficient, StepUpClosed } from "./rejections.ts"

/** Why scopes do not open these operations; `undefined`: they do (MCP authorization, section Error Handling). */
export const decide = (
  granted: ScopeSet,
  operations: ReadonlyArray<Operation>,
  policy: OperationPolicy
): ScopeInsufficient | StepUpClosed | OperationUnnamed | undefined => {
  const decision = policy.decide(granted, operations)
  switch (decision._tag) {
    case "Allowed":
      return undefined
    case "Unnamed":
      return new OperationUnnamed()
    case "Insufficient": {
      const { closed, missing, needed } = decision
      return closed.length > 0
        ? new StepUpClosed({ needed, missing, closed })
        : new ScopeInsufficient({ needed, missing })
    }
  }
}
