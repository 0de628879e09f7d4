import { constantTimeEqual, sha256, sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"

/** What a form is bound to: one browser's session and one pending request. */
export interface FormBinding {
  readonly sessionId: string
  readonly interaction: string
}

/** The token in our forms against forged ones: whoever does not know the session's cookie cannot compute it (RFC 6749 section 10.12). */
export const formToken = ({ sessionId, interaction }: FormBinding): Effect.Effect<string> =>
  sha256Text(`csrf.${sessionId}.${interaction}`)

/** Whether a posted token is the form's own; hashed first, so that the comparison takes the same time for all. */
export const isFormToken = (binding: FormBinding, presented: string): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const expected = yield* sha256(yield* formToken(binding))
    return constantTimeEqual(expected, yield* sha256(presented))
  })
