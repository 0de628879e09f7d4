/** What a request to an MCP server wants to do: the thing that it names, or else its method. */
export type Operation =
  | { readonly kind: "tool" | "prompt"; readonly name: string }
  /** A resource or a resource template; the name is its URI, as it came. */
  | { readonly kind: "resource"; readonly name: string }
  | { readonly kind: "method"; readonly name: string }
  /** A stream opened by GET, a session ended by DELETE. */
  | { readonly kind: "session" }
  /** The client's answer to a request of the server. */
  | { readonly kind: "response" }

/** Which scopes each operation needs; what no rule names is refused. */
export interface OperationRules {
  /**
   * What every operation needs besides its rule. It opens by itself only what acts on nothing named: `initialize`, `ping`,
   * lists, notifications, sessions, responses. May be `[]`. Without it, those have to be named in `methods` too.
   */
  readonly default?: ReadonlyArray<string>
  /** By JSON-RPC method, for methods that name nothing: `"logging/setLevel"`, not `"tools/call"`. */
  readonly methods?: Readonly<Record<string, ReadonlyArray<string>>>
  /** By the tool's name, compared exactly, or `"*"` for all that are not named. */
  readonly tools?: Readonly<Record<string, ReadonlyArray<string>>>
  /** By the prompt's name, likewise. */
  readonly prompts?: Readonly<Record<string, ReadonlyArray<string>>>
  /** By URI: compared exactly, or a beginning and `*` (the longest wins), or `"*"`. */
  readonly resources?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** What needs no token at all; keys as in {@link OperationRules}. */
export interface PublicOperations {
  readonly methods?: ReadonlyArray<string>
  readonly tools?: ReadonlyArray<string>
  readonly prompts?: ReadonlyArray<string>
  readonly resources?: ReadonlyArray<string>
}
