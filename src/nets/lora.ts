/**
 * Low-rank adaptation of attention (Hu et al., "LoRA: Low-rank adaptation of large language models", ICLR 2022): beside
 * the weights of query and value, which stay as they are, stand two thin matrices,
 *   y = W x + alpha / rank * B A x,   A (rank, inputs),   B (outputs, rank),
 * of which B is zero at the start, so that the network begins as what it was. As in the paper, keys and the other layers
 * have none. Merged, W + alpha / rank * B A takes the place of W, and the network is an ordinary one again.
 */
import type { Value } from '../graph/graph.ts'
import { add, mul } from '../graph/ops/elementwise.ts'
import { concat, gather, zeros } from '../graph/ops/layout.ts'
import { matmul, transposeMatrix } from '../graph/ops/linear.ts'
import { float32, floats, int64, type Tensor } from '../graph/tensor.ts'
import { type AdaptedPart, type AdaptedWeight, type Building, type Lora, parameter } from './building.ts'

/** Which third of the rows of the joint weights of our own networks it is. */
const thirds: readonly (readonly [AdaptedPart, number])[] = [
  ['query', 0],
  ['value', 2],
]

const nameOf = ({ weight, part }: Pick<AdaptedWeight, 'weight' | 'part'>, matrix: 'a' | 'b') =>
  `${weight}.lora.${part}.${matrix}`

/** Whether a parameter is one of the thin matrices. */
export const isLora = (name: string): boolean => /\.lora\.\w+\.[ab]$/.test(name)

/** A (rank, inputs) and B (rows, rank) of an update; the start of A is that of the authors' code. */
function thinMatrices(
  building: Building,
  place: AdaptedWeight,
  rank: number,
  inputs: number,
): [Value, Value] {
  building.adapted.push(place)
  const start = { uniform: 1 / Math.sqrt(inputs) }
  return [
    parameter(building, nameOf(place, 'a'), [rank, inputs], start),
    parameter(building, nameOf(place, 'b'), [place.rows.length, rank], 'zeros'),
  ]
}

/**
 * Query, key and value (n, t, d) with what the thin matrices add.
 * @param weight name of the joint weights (3 d, inputs)
 * @param x (n, t, inputs), of which the three are made
 */
export function withLora(building: Building, weight: string, x: Value, parts: readonly Value[]): Value[] {
  const { lora } = building
  if (!lora) return [...parts]
  const adaptedParts = [...parts]
  for (const [part, third] of thirds) {
    const y = parts[third]
    const width = y.shape[2]
    const rows = Array.from({ length: width }, (_, row) => third * width + row)
    const [a, b] = thinMatrices(building, { weight, part, rows, transposed: false }, lora.rank, x.shape[2])
    const thin = matmul(matmul(x, transposeMatrix(a)), transposeMatrix(b))
    adaptedParts[third] = add(y, mul(thin, lora.alpha / lora.rank))
  }
  return adaptedParts
}

/** A weight with the updates that stand beside it, in a graph where it may be used in any way: W + alpha / rank * B A. */
export function adaptedWeight(building: Building, weight: Value, places: readonly AdaptedWeight[]): Value {
  const { lora, graph } = building
  if (!lora) return weight
  const { rank, alpha } = lora
  let sum = weight
  for (const place of places) {
    const [outputs, inputs] = place.transposed ? weight.shape.toReversed() : weight.shape
    const [a, b] = thinMatrices(building, place, rank, inputs)
    // Rows of B where the weight has these, and everywhere else the row of zeros behind them.
    const at = Array.from({ length: outputs }, () => place.rows.length)
    for (const [index, row] of place.rows.entries()) at[row] = index
    const spread = gather(concat([b, zeros(b, [1, rank])], 0), graph.constant(int64([outputs], at)))
    const update = matmul(spread, a)
    sum = add(sum, mul(place.transposed ? transposeMatrix(update) : update, alpha / rank))
  }
  return sum
}

/**
 * Parameters without thin matrices, which are added to the weights that they stand beside.
 * @param places where they stand, as building the network with them says
 */
export function mergeLora(
  parameters: ReadonlyMap<string, Tensor>,
  { rank, alpha }: Lora,
  places: readonly AdaptedWeight[] = [],
): Map<string, Tensor> {
  const merged = new Map([...parameters].filter(([name]) => !isLora(name)))
  const adapted = new Map<string, Float32Array>()
  for (const place of places) {
    const tensor = merged.get(place.weight)
    const [a, b] = (['a', 'b'] as const).map(matrix => parameters.get(nameOf(place, matrix)))
    if (!tensor || !a || !b) throw new Error(`the update of ${place.weight} lacks a matrix`)
    const data = adapted.get(place.weight) ?? Float32Array.from(floats(tensor))
    addProduct(data, place, [floats(b), floats(a)], { rank, scale: alpha / rank })
    adapted.set(place.weight, data)
  }
  for (const [weight, data] of adapted) merged.set(weight, float32(merged.get(weight)!.shape, data))
  return merged
}

/** Adds scale * B A to the rows of a matrix that it stands beside. */
function addProduct(
  target: Float32Array,
  { rows, transposed }: AdaptedWeight,
  [b, a]: readonly [Float32Array, Float32Array],
  { rank, scale }: { rank: number; scale: number },
): void {
  const inputs = a.length / rank
  const outputs = target.length / inputs
  const sum = new Float64Array(inputs)
  for (const [index, row] of rows.entries()) {
    sum.fill(0)
    for (let k = 0; k < rank; k++) {
      const factor = b[index * rank + k]
      for (let input = 0; input < inputs; input++) sum[input] += factor * a[k * inputs + input]
    }
    for (let input = 0; input < inputs; input++)
      target[transposed ? input * outputs + row : row * inputs + input] += scale * sum[input]
  }
}
