import type { PageRow } from "../authorize/wire.ts"
import type { BodyRefused } from "../rejections.ts"
import { BODY_STATUS, type WireTable } from "../wire-table.ts"
import type { FormForged, FormMalformed, InteractionGone, SignInThrottled } from "./rejections.ts"

/** Why a page of ours cannot go on. */
export type FormRejection = BodyRefused | FormForged | FormMalformed | InteractionGone | SignInThrottled

/** Rejections of the sign-in and consent pages. */
export const formPages: WireTable<FormRejection, PageRow> = {
  BodyRefused: ({ reason }) => ({ status: BODY_STATUS[reason], title: "Form not understood" }),
  FormForged: () => ({ status: 403, title: "Form refused" }),
  FormMalformed: () => ({ status: 400, title: "Form not understood" }),
  InteractionGone: () => ({ status: 410, title: "Request no longer open" }),
  SignInThrottled: () => ({ status: 429, title: "Too many attempts" })
}
