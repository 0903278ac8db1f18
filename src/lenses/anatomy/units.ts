/**
 * Residual units of any network: sum = branch + shortcut, both made of the same input. Networks of this project
 * name the parts; elsewhere a unit is known by its addition: of two feature maps that have a common ancestor, one
 * with more weighted operators on the way, the branch, and one with fewer, the shortcut.
 */
import type { Graph, LayerName, Node, Value } from '../../graph/graph.ts'

export interface ResidualUnit {
  /** such as `stage2.unit1`; the addition's own name where the network gives none */
  name: LayerName
  /** what branch and shortcut are both made of */
  input: Value
  branch: Value
  shortcut: Value
  sum: Value
}

export type UnitPart = 'input' | 'branch' | 'shortcut' | 'sum'
export const unitParts: readonly UnitPart[] = ['input', 'branch', 'shortcut', 'sum']

/** All residual units, in the order of the computation. */
export function residualUnits(graph: Graph): ResidualUnit[] {
  const named = new Map(namedUnits(graph).map(unit => [unit.sum, unit]))
  const place = new Map(graph.nodes.map((node, index) => [node, index]))
  return graph.nodes.flatMap(node => {
    const unit = named.get(node.outputs[0]) ?? unitOfAddition(node, place)
    return unit ? [unit] : []
  })
}

function namedUnits({ layers }: Graph): ResidualUnit[] {
  return [...layers].flatMap(([layer, sum]) => {
    const name = /^(.+)\.sum$/.exec(layer)?.[1]
    const [input, branch, shortcut] = ['input', 'branch', 'shortcut'].map(part =>
      layers.get(`${name}.${part}`),
    )
    return name && input && branch && shortcut ? [{ name, input, branch, shortcut, sum }] : []
  })
}

/** Operators with weights, of which a branch has more than its shortcut. */
const weighted = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul'])

/** The unit that ends in an addition, if one does. Exported for networks that name nothing, and for tests. */
export function unitOfAddition(node: Node, place: ReadonlyMap<Node, number>): ResidualUnit | undefined {
  const [a, b] = node.inputs
  if (node.op !== 'Add' || !a || !b || a === b) return undefined
  if (a.shape.length !== 4 || String(a.shape) !== String(b.shape)) return undefined
  const [above, beside] = [ancestorsOf(a), ancestorsOf(b)]
  const input = latest(
    [...above].filter(value => beside.has(value) && isComputed(value)),
    place,
  )
  if (!input) return undefined
  const before = ancestorsOf(input)
  const weights = (ancestors: ReadonlySet<Value>) =>
    [...ancestors].filter(value => !before.has(value) && weighted.has(value.producer?.op ?? '')).length
  const [left, right] = [weights(above), weights(beside)]
  if (left === right) return undefined
  const [branch, shortcut] = left > right ? [a, b] : [b, a]
  return { name: nameOf(node.outputs[0]), input, branch, shortcut, sum: node.outputs[0] }
}

/** A value and all that it is made of. */
function ancestorsOf(value: Value): Set<Value> {
  const found = new Set([value])
  // A set takes in what is added while it is walked.
  for (const { producer } of found) for (const input of producer?.inputs ?? []) if (input) found.add(input)
  return found
}

/** Parameters and constants can be shared without being an input. */
const isComputed = ({ producer, graph, name }: Value): boolean =>
  producer !== undefined || graph.inputs.has(name)

const latest = (values: readonly Value[], place: ReadonlyMap<Node, number>): Value | undefined => {
  const placeOf = ({ producer }: Value) => (producer ? place.get(producer)! : -1)
  return values.reduce<Value | undefined>(
    (last, value) => (last && placeOf(last) >= placeOf(value) ? last : value),
    undefined,
  )
}

function nameOf(sum: Value): LayerName {
  for (const [layer, value] of sum.graph.layers) if (value === sum) return layer
  return sum.name
}
