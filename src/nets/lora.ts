/**
 * Low-rank adaptation of attention (Hu et al., "LoRA: Low-rank adaptation of large language models", ICLR 2022): beside
 * the weights of query and value, which stay as they are, stand two thin matrices,
 *   y = W x + alpha / rank * B A x,   A (rank, inputs),   B (outputs, rank),
 * of which B is zero at the start, so that the network begins as what it was. As in the paper, keys and the other layers
 * have none. Merged, W + alpha / rank * B A takes the place of W, and the network is an ordinary one again.
 */
import type { Value } from '../graph/graph.ts'
import { add, mul } from '../graph/ops/elementwise.ts'
import { matmul, transposeMatrix } from '../graph/ops/linear.ts'
import { float32, floats, type Tensor } from '../graph/tensor.ts'
import { type Building, type Lora, parameter } from './building.ts'

/** What is adapted, and which third of the rows of the joint weights it is. */
const adapted = { query: 0, value: 2 } as const
type Adapted = keyof typeof adapted
const names = Object.keys(adapted) as Adapted[]

const nameOf = (weight: string, part: Adapted, matrix: 'a' | 'b') => `${weight}.lora.${part}.${matrix}`

/** Whether a parameter is one of the thin matrices. */
export const isLora = (name: string): boolean => /\.lora\.\w+\.[ab]$/.test(name)

/**
 * Query, key and value (n, t, d) with what the thin matrices add.
 * @param weight name of the joint weights (3 d, inputs)
 * @param x (n, t, inputs), of which the three are made
 */
export function withLora(building: Building, weight: string, x: Value, parts: readonly Value[]): Value[] {
  const { lora } = building
  if (!lora) return [...parts]
  const { rank, alpha } = lora
  const inputs = x.shape[2]
  const adaptedParts = [...parts]
  for (const part of names) {
    const y = parts[adapted[part]]
    // The start of A is that of the authors' code.
    const a = parameter(building, nameOf(weight, part, 'a'), [rank, inputs], {
      uniform: 1 / Math.sqrt(inputs),
    })
    const b = parameter(building, nameOf(weight, part, 'b'), [y.shape[2], rank], 'zeros')
    const thin = matmul(matmul(x, transposeMatrix(a)), transposeMatrix(b))
    adaptedParts[adapted[part]] = add(y, mul(thin, alpha / rank))
  }
  return adaptedParts
}

/** Parameters without thin matrices, which are added to the weights that they stand beside. */
export function mergeLora(
  parameters: ReadonlyMap<string, Tensor>,
  { rank, alpha }: Lora,
): Map<string, Tensor> {
  const merged = new Map([...parameters].filter(([name]) => !isLora(name)))
  for (const [weight, tensor] of merged) {
    if (!names.some(part => parameters.has(nameOf(weight, part, 'a')))) continue
    const [rows, inputs] = tensor.shape
    const data = Float32Array.from(floats(tensor))
    for (const part of names) {
      const [a, b] = (['a', 'b'] as const).map(matrix => parameters.get(nameOf(weight, part, matrix)))
      if (!a || !b) throw new Error(`the update of ${weight} lacks a matrix`)
      addProduct(data, (adapted[part] * rows) / 3, [floats(b), floats(a)], {
        rank,
        inputs,
        scale: alpha / rank,
      })
    }
    merged.set(weight, float32([rows, inputs], data))
  }
  return merged
}

/** Adds scale * B A to the rows of a matrix from `first` on. */
function addProduct(
  target: Float32Array,
  first: number,
  [b, a]: readonly [Float32Array, Float32Array],
  { rank, inputs, scale }: { rank: number; inputs: number; scale: number },
): void {
  const row = new Float64Array(inputs)
  for (let output = 0; output < b.length / rank; output++) {
    row.fill(0)
    for (let k = 0; k < rank; k++) {
      const factor = b[output * rank + k]
      for (let input = 0; input < inputs; input++) row[input] += factor * a[k * inputs + input]
    }
    const start = (first + output) * inputs
    for (let input = 0; input < inputs; input++) target[start + input] += scale * row[input]
  }
}
