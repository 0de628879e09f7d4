import type { Operation } from "@postern/scope"
import { isObject, type JsonObject } from "./json-object.ts"

/** Whether the caller may use what an operation names. */
type Can = (operation: Operation) => boolean

/** Where an answer has its list, and what an item of it is called. */
interface List {
  readonly member: "tools" | "prompts" | "resources" | "resourceTemplates"
  readonly kind: "tool" | "prompt" | "resource"
  readonly name: "name" | "uri" | "uriTemplate"
}

const LISTS: ReadonlyMap<unknown, List> = new Map<unknown, List>([
  ["tools/list", { member: "tools", kind: "tool", name: "name" }],
  ["prompts/list", { member: "prompts", kind: "prompt", name: "name" }],
  ["resources/list", { member: "resources", kind: "resource", name: "uri" }],
  // A template is shown to whoever may use it as it is written, so by what stands before its first variable.
  ["resources/templates/list", { member: "resourceTemplates", kind: "resource", name: "uriTemplate" }]
])

const keepAllowed = (answer: JsonObject, { kind, member, name }: List, can: Can): JsonObject => {
  const { result } = answer
  const items = isObject(result) ? result[member] : undefined
  if (!isObject(result) || !Array.isArray(items)) return answer
  const isAllowed = (item: unknown): boolean => {
    const named = isObject(item) ? item[name] : undefined
    return typeof named === "string" && can({ kind, name: named })
  }
  return { ...answer, result: { ...result, [member]: items.filter(isAllowed) } }
}

/**
 * What takes out of the answers to a message what the caller may not use: tools, prompts, resources and templates, and
 * nothing else of them. `undefined` when the message asks for no list. In a batch the answers are told apart by their ids.
 */
export const listFilter = (message: unknown, can: Can): ((answer: unknown) => unknown) | undefined => {
  const listsOf = Array.isArray(message) ? byId(message) : byId([message])
  if (listsOf.size === 0) return undefined
  const everything = [...listsOf.values()].flat()
  const filterOne = (answer: unknown): unknown => {
    if (!isObject(answer)) return answer
    // To a single message there is one answer, whatever id a server gives it.
    const lists = Array.isArray(message) ? (listsOf.get(answer["id"]) ?? []) : everything
    return lists.reduce((rest, list) => keepAllowed(rest, list, can), answer)
  }
  return (answer) => (Array.isArray(answer) ? answer.map(filterOne) : filterOne(answer))
}

/**
 * The same for a stream that is taken up again: what it brings answers messages that are not seen here, so that every list in
 * it is filtered as one (MCP transports, Resumability and Redelivery).
 */
export const resumedFilter = (can: Can): ((answer: unknown) => unknown) => {
  const filterOne = (answer: unknown): unknown =>
    isObject(answer) ? [...LISTS.values()].reduce((rest, list) => keepAllowed(rest, list, can), answer) : answer
  return (answer) => (Array.isArray(answer) ? answer.map(filterOne) : filterOne(answer))
}

// Several for one id: whoever uses an id twice gets both answers filtered as both.
const byId = (messages: ReadonlyArray<unknown>): ReadonlyMap<unknown, ReadonlyArray<List>> => {
  const found = new Map<unknown, ReadonlyArray<List>>()
  for (const message of messages) {
    const list = isObject(message) ? LISTS.get(message["method"]) : undefined
    if (isObject(message) && list) found.set(message["id"], [...(found.get(message["id"]) ?? []), list])
  }
  return found
}
