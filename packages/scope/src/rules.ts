import type { Operation } from "./operation.ts"
import { isProtocolMethod } from "./protocol-methods.ts"
import { ALL, findByUri } from "./resource-rules.ts"

/** What one operation needs: nothing at all, or scopes. */
export interface Rule {
  readonly isPublic: boolean
  /** The base scopes, then the rule's own; none of a public one. */
  readonly needed: ReadonlyArray<string>
}

/** Rules of one kind by their keys, as they were checked. */
export type RuleTable = ReadonlyMap<string, Rule>

/** The rules of a policy, checked and with the base scopes in them. */
export interface RuleTables {
  readonly methods: RuleTable
  readonly tools: RuleTable
  readonly prompts: RuleTable
  readonly resources: RuleTable
  /** What opens what names nothing; `undefined` without `default`. */
  readonly base: Rule | undefined
}

/** Finds the rule of an operation; `undefined` when none names it. */
export type FindRule = (operation: Operation) => Rule | undefined

const findByName =
  (table: RuleTable) =>
  (name: string): Rule | undefined =>
    table.get(name) ?? table.get(ALL)

/** The search in the tables of one policy, prepared for many operations. */
export const ruleFinder = ({ base, methods, prompts, resources, tools }: RuleTables): FindRule => {
  const findTool = findByName(tools)
  const findPrompt = findByName(prompts)
  const findResource = findByUri(resources)
  return (operation) => {
    switch (operation.kind) {
      case "tool":
        return findTool(operation.name)
      case "prompt":
        return findPrompt(operation.name)
      case "resource":
        return findResource(operation.name)
      case "method":
        return methods.get(operation.name) ?? (isProtocolMethod(operation.name) ? base : undefined)
      case "session":
      case "response":
        return base
    }
  }
}
