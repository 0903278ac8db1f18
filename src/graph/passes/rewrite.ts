/**
 * Rewriting: a graph is copied node by node, and chosen nodes are replaced by others that compute the same.
 * What an engine runs fastest is decided here and in `lower.ts`, so that networks and gradient rules
 * can be written for the reader.
 */
import { mapValues } from '../../base/map-values.ts'
import { type Computation, neededNodes } from '../computation.ts'
import { Graph, type Node, operatorName, type Value } from '../graph.ts'
import { integersAttribute } from '../ops/rule.ts'
import type { Tensor } from '../tensor.ts'

/** Builds a replacement for a node from its copied inputs; undefined leaves the node as it is. */
export type Rewrite = (node: Node, inputs: readonly (Value | undefined)[]) => readonly Value[] | undefined

/** Rewrites by operator, as `operatorName` has it. */
export type Rewrites = Readonly<Record<string, Rewrite>>

/**
 * What is to be rewritten in a computation.
 * @param block channels of a pixel that the engine's blocked layout keeps side by side; 1 where it has none
 */
export type Pass = (computation: Computation, block: number) => Rewrites

/** What a node of this operator was made from. */
export const sourceOf = (value: Value | undefined, op: string): Value | undefined =>
  value?.producer?.op === op ? value.producer.inputs[0] : undefined

/** What a value was made from by changing the places of the first two axes. */
export function swappedFrom(value: Value | undefined): Value | undefined {
  const [first, second, ...rest] = (value?.producer && integersAttribute(value.producer, 'perm')) ?? []
  const isSwap = first === 1 && second === 0 && rest.every((axis, at) => axis === at + 2)
  return isSwap ? sourceOf(value, 'Transpose') : undefined
}

/** The content of a value that is known: a constant of the graph, or a parameter that was given. */
export const constantsOf =
  ({ graph, parameters }: Computation) =>
  (value?: Value): Tensor | undefined =>
    value && (graph.constantOf(value) ?? parameters?.get(value.name))

/** Whether a tensor is known and holds nothing but zeros. */
export function isZero(tensor?: Tensor): boolean {
  if (!tensor) return false
  for (const value of tensor.data) if (Number(value) !== 0) return false
  return true
}

/** The values that are known before any run: constants, and what is made of nothing else, such as a flipped kernel. */
export function knownValues({ graph, parameters }: Computation): ReadonlySet<Value> {
  const known = new Set(graph.constants.keys())
  for (const [name, value] of graph.parameters) if (parameters?.has(name)) known.add(value)
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.length > 0 && inputs.every(input => !input || known.has(input)))
      for (const output of outputs) known.add(output)
  return known
}

/** A copy of what the request needs, in which `rewrites` by operator name have been applied. */
export const rewriteGraph = <Name extends string>(
  request: Computation<Name>,
  rewrites: Rewrites,
): Computation<Name> => copyComputation(request, new Map(), rewrites)

/** A copy of what the request needs; `newInputs` are values that become inputs, by the names they get. */
export function copyComputation<Name extends string>(
  request: Computation<Name>,
  newInputs: ReadonlyMap<Value, string>,
  rewrites: Rewrites,
): Computation<Name> {
  const { graph: source, outputs, ...rest } = request
  const { nodes, used } = neededNodes(source, Object.values<Value>(outputs), new Set(newInputs.keys()))
  const graph = new Graph()
  const copies = new Map<Value, Value>()
  for (const [value, name] of newInputs) copies.set(value, graph.input(name, value.shape, value.dtype))
  for (const [name, value] of source.inputs) copies.set(value, graph.input(name, value.shape, value.dtype))
  for (const [name, value] of source.parameters)
    copies.set(value, graph.parameter(name, value.shape, value.dtype))
  for (const [value, content] of source.constants)
    if (used.has(value)) copies.set(value, graph.constant(content))

  copyNodes(graph, nodes, copies, rewrites)
  copyLayers(graph, source, copies)
  return {
    ...rest,
    graph,
    outputs: mapValues(outputs, value => copies.get(value)!),
  }
}

/**
 * Copies a whole graph into another, whose values stand in for its inputs: a network behind whatever makes its
 * images. Parameters keep their names, layers too. Returns the copy of each value.
 */
export function inlineGraph(
  graph: Graph,
  source: Graph,
  inputs: ReadonlyMap<Value, Value>,
  rewrites: Rewrites = {},
): ReadonlyMap<Value, Value> {
  const copies = new Map(inputs)
  for (const [name, value] of source.inputs) {
    const standIn = inputs.get(value)
    if (!standIn) throw new Error(`nothing stands in for the input '${name}'`)
    if (String(standIn.shape) !== String(value.shape))
      throw new Error(`the input '${name}' is [${value.shape}], what stands in for it [${standIn.shape}]`)
  }
  for (const [name, value] of source.parameters)
    copies.set(value, graph.parameter(name, value.shape, value.dtype))
  for (const [value, content] of source.constants) copies.set(value, graph.constant(content))
  copyNodes(graph, source.nodes, copies, rewrites)
  for (const barrier of source.barriers) {
    const copy = copies.get(barrier.outputs[0])?.producer
    if (copy) graph.barriers.add(copy)
  }
  copyLayers(graph, source, copies)
  return copies
}

/** Names of what was copied. */
function copyLayers(graph: Graph, source: Graph, copies: ReadonlyMap<Value, Value>): void {
  for (const [name, value] of source.layers) {
    const copy = copies.get(value)
    if (copy) graph.layers.set(name, copy)
  }
}

function copyNodes(
  graph: Graph,
  nodes: readonly Node[],
  copies: Map<Value, Value>,
  rewrites: Rewrites,
): void {
  for (const node of nodes) {
    const inputs = node.inputs.map(input => input && copies.get(input))
    const made = graph.scope(
      node.scope,
      () =>
        rewrites[operatorName(node)]?.(node, inputs) ??
        graph.node(node.op, inputs, node.outputs, {
          attributes: node.attributes,
          domain: node.domain,
          version: node.version,
        }),
    )
    node.outputs.forEach((output, index) => {
      copies.set(output, made[index])
    })
  }
}
