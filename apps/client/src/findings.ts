import type { FlowEvent } from "@postern/client-flow"

/** What the flow found on its way, the newest of each. */
export interface Findings {
  issuer?: string
  /** How the client id was come by. */
  registration?: string
  /** Whether somebody logged in. */
  loggedIn: boolean
}

const WAYS: Readonly<Record<Extract<FlowEvent, { _tag: "RegistrationChosen" }>["way"], string>> = {
  asked: "by hand, just now",
  configured: "registered beforehand",
  document: "by its metadata document",
  registered: "registered dynamically just now",
  stored: "registered earlier"
}

/** Collects what the events of a flow say. */
export const makeFindings = (): { readonly found: Findings; readonly events: (event: FlowEvent) => void } => {
  const found: Findings = { loggedIn: false }
  return {
    found,
    events: (event) => {
      if (event._tag === "ServerFound") found.issuer = event.issuer
      if (event._tag === "RegistrationChosen") found.registration = WAYS[event.way]
      if (event._tag === "CallbackReceived") found.loggedIn = true
    }
  }
}
