import { Rejection } from "@postern/rejection"

/** As many clients are registered as this server holds, or registers in a minute. `retryAfter` is in seconds. */
export class RegistrationFull extends Rejection("RegistrationFull", "RFC 7591 section 5")<{
  readonly retryAfter: number
}> {
  override get message() {
    return "no more clients can be registered now"
  }
}

/** Registering needs an initial access token, or the one that came is worth nothing (or no longer). */
export class InitialAccessTokenRefused extends Rejection("InitialAccessTokenRefused", "RFC 7591 section 3")<{
  readonly reason: "missing" | "invalid"
}> {
  override get message() {
    return this.reason === "missing" ? "an initial access token is required" : "the initial access token is not valid"
  }
}

/** The registration access token is not the one of this client, or there is no such client: the peer is not told which. */
export class RegistrationAccessTokenRefused extends Rejection(
  "RegistrationAccessTokenRefused",
  "RFC 7592 section 2.1"
) {
  override get message() {
    return "the registration access token is not valid for this client"
  }
}
