import type { Pages } from "@postern/as-core"
import { consent } from "./consent.ts"
import { error } from "./error.ts"
import { signIn } from "./sign-in.ts"

/** The pages of this authorization server: HTML without scripts, readable without styles. */
export const pages: Pages = { signIn, consent, error }
