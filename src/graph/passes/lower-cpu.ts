/**
 * What ONNX Runtime's CPU kernels run faster in another form, with the same result. Measured on two AVX-512
 * cores; see bench/README.md.
 */

import type { Computation } from '../computation.ts'
import { decompositions } from '../gradient.ts'
import type { Node, Value } from '../graph.ts'
import { convFoldingBatch } from '../ops/convolution.ts'
import { reshape } from '../ops/layout.ts'
import { matmul } from '../ops/linear.ts'
import { batchNormTraining } from '../ops/normalisation.ts'
import { floatAttribute, integerAttribute } from '../ops/rule.ts'
import { float32, sizeOf, type Tensor } from '../tensor.ts'
import { type Rewrite, rewriteGraph } from './rewrite.ts'

/**
 * The kernel multiplies matrices image by image, which leaves cores idle where an image's map is small: folding
 * the batch takes 0.3 to 0.75 of the time up to 14 x 14, and more from 28 x 28 on.
 */
const largestFoldedMap = 14 * 14

/** Up to a 7 x 7 kernel, reversing by a product takes a third of the time of the strided copy. */
const largestReversal = 7 * 7

export function lowerForCpu(request: Computation): Computation {
  const { graph, parameters } = request
  const constantOf = (value?: Value): Tensor | undefined =>
    value && (graph.constantOf(value) ?? parameters?.get(value.name))

  const foldSmallMaps: Rewrite = (node, inputs) => {
    const [x, weight] = node.inputs as readonly Value[]
    const [output] = node.outputs
    const planar = weight.shape.length === 4 && x.shape[0] > 1
    // Constant weights get the engine's blocked layout, which is better still.
    if (!planar || constantOf(weight) || sizeOf(output.shape.slice(2)) > largestFoldedMap) return undefined
    if (weight.shape[0] === 1 || x.shape[1] !== weight.shape[1]) return undefined
    return [
      convFoldingBatch(
        node,
        inputs.filter(input => input !== undefined),
      ),
    ]
  }

  /** Flipped kernels: all of the last axes in reverse order is a product with the exchange matrix. */
  const reverseByProduct: Rewrite = (node, [x]) => {
    const from = firstReversedAxis(node, constantOf)
    if (from === undefined || x?.dtype !== 'float32') return undefined
    const length = sizeOf(x.shape.slice(from))
    if (length > largestReversal) return undefined
    const exchange = new Float32Array(length * length)
    for (let i = 0; i < length; i++) exchange[i * length + length - 1 - i] = 1
    const rows = reshape(x, [-1, length])
    return [reshape(matmul(rows, x.graph.constant(float32([length, length], exchange))), x.shape)]
  }

  return rewriteGraph(request, {
    Conv: foldSmallMaps,
    Slice: reverseByProduct,
    // The kernel's training mode uses a single thread.
    BatchNormalization: decomposeBatchNorm,
    LRN: responsesByParts,
  })
}

/** The kernel takes twice as long as its parts, which a gradient needs anyway. */
const responsesByParts: Rewrite = (node, [x]) => {
  const parts = decompositions.LRN({ node, inputs: [x!] })
  return 'shape' in parts ? [parts] : undefined
}

/** Training mode, as `batchNormTraining` writes it, in operators that every device has. */
export const decomposeBatchNorm: Rewrite = (node, [x, scale, bias]) => {
  if (integerAttribute(node, 'training_mode', 0) !== 1 || floatAttribute(node, 'momentum', 0.9) !== 0)
    return undefined
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  const { output, mean, variance } = batchNormTraining(x!, scale!, bias!, epsilon, 'decomposed')
  return [output, mean, variance]
}

/** The axis from which on a Slice reverses all that follow, whole; undefined where it does something else. */
function firstReversedAxis(
  { inputs: [x, , , axes, steps], outputs: [y] }: Node,
  constantOf: (value?: Value) => Tensor | undefined,
): number | undefined {
  const [at, by] = [constantOf(axes), constantOf(steps)].map(
    tensor => tensor && Array.from(tensor.data, Number),
  )
  if (!x || !at?.length || !by || String(x.shape) !== String(y.shape)) return undefined
  const first = x.shape.length - at.length
  const reversed = new Set(at.filter((_, i) => by[i] === -1))
  return x.shape.every((_, axis) => axis < first || reversed.has(axis)) ? first : undefined
}
