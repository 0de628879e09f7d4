import { describe, expect, expectTypeOf, it } from "vitest"
import { redirectErrors, type RedirectedRejection } from "../src/authorize/wire.ts"
import type { SignInThrottled } from "../src/interaction/rejections.ts"
import { ConsentDenied, InteractionRequired } from "../src/rejections.ts"
import type { TokenRejection } from "../src/token/wire.ts"
import { describe as describeRejection, rowOf, type WireTable } from "../src/wire-table.ts"

describe("a wire table", () => {
  it("has a row for every rejection, by type", () => {
    expectTypeOf(redirectErrors).toEqualTypeOf<WireTable<RedirectedRejection, string>>()
    expectTypeOf<keyof WireTable<ConsentDenied | SignInThrottled, string>>().toEqualTypeOf<
      "ConsentDenied" | "SignInThrottled"
    >()
    // @ts-expect-error a rejection without a row does not compile
    const missing: WireTable<ConsentDenied | SignInThrottled, string> = { ConsentDenied: () => "access_denied" }
    expect(missing).toBeDefined()
    expectTypeOf<TokenRejection["_tag"]>().toEqualTypeOf<
      | "BodyRefused"
      | "ParameterRepeated"
      | "ParametersTooLarge"
      | "ParameterMissing"
      | "ParameterInvalid"
      | "ClientAuthenticationFailed"
      | "ClientAuthenticationRepeated"
      | "ClientThrottled"
      | "RequestThrottled"
      | "ProofMissing"
      | "ProofRepeated"
      | "ProofInvalid"
      | "ProofReplayed"
      | "ProofMemoryFull"
      | "NonceRequired"
      | "GrantTypeUnsupported"
      | "GrantTypeForbidden"
      | "GrantInvalid"
      | "VerifierMalformed"
      | "VerifierMismatch"
      | "ResourceInvalid"
      | "ResourceRefused"
      | "ScopeMalformed"
      | "ScopeRefused"
    >()
  })

  it("gives the row of a rejection", () => {
    expect(rowOf(redirectErrors, new ConsentDenied())).toBe("access_denied")
    expect(rowOf(redirectErrors, new InteractionRequired({ reason: "consent_required" }))).toBe("consent_required")
  })

  it("describes a rejection within the grammar of error_description", () => {
    expect(describeRejection({ message: 'a "b" \\ é\n' })).toBe("a b  ")
    expect(describeRejection({ message: "x".repeat(1000) })).toHaveLength(300)
  })
})
