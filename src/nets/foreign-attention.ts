/**
 * Where attention takes its queries and values from, in a graph that someone else made: updates of low rank stand beside
 * those weights. A product of a softmax and something is attention; that something are its values, and the softmax is
 * of a product of queries and keys. From either a way leads back to a linear layer, by operators that move elements or
 * change them one by one. Exporters join query, key and value into one layer as often as not, and cut its output by
 * thirds, by heads, or by an axis of its own. So the columns of its output are numbered and sent the same way: what
 * arrives are the columns that make the queries, or the values.
 */
import { neededNodes } from '../graph/computation.ts'
import type { Graph, Node, Value } from '../graph/graph.ts'
import type { Budget } from '../graph/onnx/budget.ts'
import { foldConstants } from '../graph/onnx/constant-folding.ts'
import { constantIntegers } from '../graph/ops/layout.ts'
import { integerAttribute } from '../graph/ops/rule.ts'
import { int64, numbersOf, sizeOf, type Tensor, tensor, typedTensor } from '../graph/tensor.ts'
import type { AdaptedPart, AdaptedWeight } from './building.ts'

/** Elements that are numbered at most: four times those of a ViT-L at 336 pixels. */
const mostNumbered = 2 ** 23

/** Values that come from one linear layer, and the column of its output that each element comes from. */
interface Origin {
  weight: string
  transposed: boolean
  columns: Tensor
}

/** The weights that make queries and values, each once, in the order of the graph. */
export function attentionWeights(graph: Graph, output: Value): AdaptedWeight[] {
  const known = new Map<Value, Origin | undefined>()
  const originOf = (value: Value): Origin | undefined => {
    if (!known.has(value)) known.set(value, findOrigin(value, originOf))
    return known.get(value)
  }
  const found = new Map<string, AdaptedWeight>()
  for (const { inputs } of neededNodes(graph, [output]).nodes.filter(isProduct)) {
    const [weights, value] = inputs
    const softmax = weights && behind(weights, ({ op }) => op === 'Softmax')
    const scores = softmax && behind(softmax.inputs[0]!, node => isProduct(node) && !linearOf(graph, node))
    const query = scores?.inputs[0]
    if (!query || !value) continue
    const own = [adapted('query', originOf(query)), adapted('value', originOf(value))]
    if (own[0] && own[1] && overlap(own[0], own[1])) continue
    for (const one of own) if (one) found.set(`${one.weight} ${one.part}`, one)
  }
  return [...found.values()]
}

const isProduct = ({ op }: Node): boolean => op === 'MatMul' || op === 'Einsum'

function adapted(part: AdaptedPart, origin: Origin | undefined): AdaptedWeight | undefined {
  if (!origin) return undefined
  const rows = [...new Set(numbersOf(origin.columns))].sort((a, b) => a - b)
  return { part, weight: origin.weight, transposed: origin.transposed, rows }
}

const overlap = (one: AdaptedWeight, other: AdaptedWeight): boolean =>
  one.weight === other.weight && one.rows.some(row => other.rows.includes(row))

/** What stands between a product and a softmax: masks, scales, biases of places, other shapes. */
const between = new Set(
  'Add Sub Mul Div Where Tanh Clip Min Max Cast Identity Dropout Reshape Squeeze Unsqueeze Transpose'.split(
    ' ',
  ),
)

/** The nearest node behind a value that is looked for. Each node is asked once, however many ways lead to it. */
function behind(
  { producer }: Value,
  isWanted: (node: Node) => boolean,
  asked = new Set<Node>(),
): Node | undefined {
  if (!producer || isWanted(producer)) return producer
  if (!between.has(producer.op) || asked.has(producer)) return undefined
  asked.add(producer)
  for (const input of producer.inputs) {
    const node = input && behind(input, isWanted, asked)
    if (node) return node
  }
  return undefined
}

/** The weight of a linear layer (inputs, outputs), or transposed; undefined where the node is none. */
function linearOf(graph: Graph, node: Node): Pick<Origin, 'weight' | 'transposed'> | undefined {
  if (node.op !== 'MatMul' && node.op !== 'Gemm') return undefined
  if (integerAttribute(node, 'transA', 0)) return undefined
  let transposed = !integerAttribute(node, 'transB', 0)
  let value = node.inputs[1]
  while (value?.producer && ['Identity', 'Transpose'].includes(value.producer.op)) {
    if (value.producer.op === 'Transpose') transposed = !transposed
    value = value.producer.inputs[0]
  }
  if (!value || graph.parameters.get(value.name) !== value || value.shape.length !== 2) return undefined
  return { weight: value.name, transposed }
}

function findOrigin(value: Value, originOf: (value: Value) => Origin | undefined): Origin | undefined {
  const { graph, producer: node, shape } = value
  const count = sizeOf(shape)
  if (!node || count > mostNumbered) return undefined
  const linear = linearOf(graph, node)
  if (linear) {
    const width = shape.at(-1)!
    const columns = Int32Array.from({ length: count }, (_, at) => at % width)
    return { ...linear, columns: tensor('int32', shape, columns) }
  }
  if (isProduct(node) || node.op === 'Conv') return undefined
  for (const [at, input] of node.inputs.entries()) {
    const origin = input && originOf(input)
    const columns = origin && moved(value, at, origin.columns)
    if (columns) return { ...origin, columns }
  }
  return undefined
}

const room: Budget = { mayFold: (_, shape) => sizeOf(shape) <= mostNumbered, addConstant() {} }

/** Where the elements of a node's operand are in one of its outputs; undefined where they are mixed. */
function moved(value: Value, at: number, columns: Tensor): Tensor | undefined {
  const { graph, shape, producer } = value
  const { op, inputs, attributes, outputs } = producer!
  if (op === 'Transpose' || op === 'Gather' || op === 'Slice') {
    const operands = inputs.map((input, place) => (place === at ? columns : input && graph.constantOf(input)))
    return operands.every((operand, place) => operand || !inputs[place])
      ? foldConstants(op, operands, attributes, room)
      : undefined
  }
  if (op === 'Split') {
    const axis = integerAttribute({ attributes }, 'axis', 0)
    const extents = constantIntegers(producer!, 1) ?? outputs.map(output => output.shape[axis])
    const place = outputs.indexOf(value)
    const start = extents.slice(0, place).reduce((sum, extent) => sum + extent, 0)
    const range = [start, start + extents[place], axis].map(bound => int64([1], [bound]))
    return foldConstants('Slice', [columns, ...range], {}, room)
  }
  return sizeOf(columns.shape) === sizeOf(shape) ? typedTensor('int32', shape, columns.data) : undefined
}
