/**
 * Gradient rules. Each operator's file exports a table of rules, keyed by the operator's ONNX name; a rule
 * reads everything it needs off the node, so it serves built and imported graphs alike.
 */
import type { Attribute, Node, Value } from '../graph.ts'

export interface RuleContext {
  readonly node: Node
  /** the node's first output: what most rules need */
  readonly output: Value
  /** gradient with respect to the first output, of its shape */
  readonly gradient: Value
  /** gradients with respect to all outputs; undefined where none arrives */
  readonly gradients: readonly (Value | undefined)[]
  /** the node's inputs; optional ones that are left out are undefined */
  readonly inputs: readonly Value[]
  /** whether a gradient is wanted for input i */
  wants(index: number): boolean
}

/** Returns a gradient for each input, in order; undefined where none is wanted or none exists. */
export type Rule = (context: RuleContext) => readonly (Value | undefined)[]
export type Rules = Readonly<Record<string, Rule>>

/**
 * The same function as an operator, in terms of others whose gradients are known. Where one is given, the
 * gradient is that of the decomposition; the operator itself keeps running in the forward direction. An operator with
 * several outputs gives a list; undefined where an output of it is not differentiated.
 */
export type Decomposition = (context: {
  node: Node
  inputs: readonly Value[]
}) => Value | readonly (Value | undefined)[]
export type Decompositions = Readonly<Record<string, Decomposition>>

type WithAttributes = Pick<Node, 'attributes'>

export function integerAttribute(node: WithAttributes, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  return typeof attribute === 'number' ? attribute : fallback
}

export function integersAttribute(node: WithAttributes, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name]
  return Array.isArray(attribute) ? attribute : undefined
}

export function floatAttribute(node: WithAttributes, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  return isFloatAttribute(attribute) ? attribute.float : fallback
}

export function stringAttribute(node: WithAttributes, name: string, fallback: string): string {
  const attribute = node.attributes[name]
  return typeof attribute === 'string' ? attribute : fallback
}

const isFloatAttribute = (attribute: Attribute | undefined): attribute is { float: number } =>
  typeof attribute === 'object' && 'float' in attribute
