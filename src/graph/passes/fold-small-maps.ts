/**
 * Convolutions of small maps: the engine's kernel multiplies matrices image by image, which leaves cores idle where an
 * image's map is small. Folded into one product for the whole batch they take 0.3 to 0.75 of the time up to 14 x 14,
 * and more from 28 x 28 on (two AVX-512 cores; `npm run bench -- pass-fold-small-maps`).
 */
import { operands } from '../graph.ts'
import { convFoldingBatch } from '../ops/convolution.ts'
import { sizeOf } from '../tensor.ts'
import { defaultForms } from './forms.ts'
import { constantsOf, type Pass } from './rewrite.ts'

export const foldSmallMaps: Pass = computation => {
  const constantOf = constantsOf(computation)
  const { foldUpTo } = computation.forms ?? defaultForms
  return {
    Conv: (node, inputs) => {
      const [x, weight] = operands(node, 2)
      const [output] = node.outputs
      const planar = weight.shape.length === 4 && x.shape[0] > 1
      // Constant weights get the engine's blocked layout, which is better still.
      if (!planar || constantOf(weight) || sizeOf(output.shape.slice(2)) > foldUpTo) return undefined
      if (weight.shape[0] === 1 || x.shape[1] !== weight.shape[1]) return undefined
      return [
        convFoldingBatch(
          node,
          inputs.filter(input => input !== undefined),
        ),
      ]
    },
  }
}
