/**
 * A computation: the values of a graph that are wanted, and the content of the parameters that are constant. It is
 * what a pass rewrites, what an engine compiles and what is written as an ONNX model.
 */
import type { Graph, Node, Value } from './graph.ts'
import type { Forms } from './passes/forms.ts'
import type { Tensor } from './tensor.ts'

/** Names are those of the outputs, where they are known as the program is written. */
export interface Computation<Name extends string = string> {
  graph: Graph
  /** values to compute, by the names they shall have */
  outputs: Readonly<Record<Name, Value>>
  /** content of parameters that are to be constant */
  parameters?: ReadonlyMap<string, Tensor>
  metadata?: Readonly<Record<string, string>>
  /** where one form of a computation is faster than another; `defaultForms` unless given */
  forms?: Forms
  /** whether the file tells the shape of every value inside and calls layers by their names, for whoever reads it again */
  shapes?: boolean
  /** an extent that stands, with its multiples, for any number: by the name it gets in the file */
  openExtent?: { extent: number; name: string }
}

/** Input and parameter names that a computation still has to be fed. */
export function feedsOf({ graph, outputs, parameters }: Computation): Value[] {
  const needed = neededNodes(graph, Object.values(outputs)).used
  const open = [
    ...graph.inputs.values(),
    ...[...graph.parameters].filter(([name]) => !parameters?.has(name)).map(([, value]) => value),
  ]
  return open.filter(value => needed.has(value))
}

/**
 * The nodes that the values depend on, in order, and every value that takes part. What is among `given` is taken as it
 * is, and nothing is needed that only led there.
 */
export function neededNodes(
  graph: Graph,
  values: readonly Value[],
  given: ReadonlySet<Value> = new Set(),
): { nodes: Node[]; used: Set<Value> } {
  const used = new Set<Value>(values)
  const nodes: Node[] = []
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const node = graph.nodes[index]
    if (!node.outputs.some(output => used.has(output) && !given.has(output))) continue
    nodes.push(node)
    for (const input of node.inputs) if (input) used.add(input)
  }
  return { nodes: nodes.reverse(), used }
}
