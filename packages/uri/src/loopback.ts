const LOOPBACK_V4 = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/

/**
 * Whether a host, as `URL.hostname` prints it, is the machine itself: `127.0.0.0/8`, `[::1]` or `localhost` exactly
 * (RFC 8252 sections 7.3 and 8.3). `localhost.` and names below `localhost` are not.
 */
export const isLoopbackHost = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || LOOPBACK_V4.test(hostname)
