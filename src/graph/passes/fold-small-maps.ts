/**
 * Convolutions of small maps: the engine's kernel multiplies matrices image by image, which leaves cores idle where an
 * image's map is small. Folded into one product for the whole batch they take 0.3 to 0.75 of the time up to 14 x 14,
 * and more from 28 x 28 on (two AVX-512 cores; `npm run bench -- pass-fold-small-maps`). A transposed convolution adds its
 * products up pixel by pixel where it is folded, which pays for itself on maps of 2 x 2 (5.1 for 13.5 ms from 512 x 2 x 2 to
 * 256 x 4 x 4, batch 64), no longer on 4 x 4 (8.3 for 7.7 ms).
 */
import { type Node, operands, type Value } from '../graph.ts'
import { convFoldingBatch } from '../ops/convolution.ts'
import { integerAttribute } from '../ops/rule.ts'
import { sizeOf } from '../tensor.ts'
import { defaultForms } from './forms.ts'
import { knownValues, type Pass, type Rewrite } from './rewrite.ts'

/** Pixels of the largest map whose transposed convolution is folded. */
const largestTransposed = 2 * 2

export const foldSmallMaps: Pass = computation => {
  const known = knownValues(computation)
  const { foldUpTo } = computation.forms ?? defaultForms
  const folded =
    (isSmall: (node: Node) => boolean): Rewrite =>
    (node, inputs) => {
      const [x, weight] = operands(node, 2)
      const isPlanar = weight.shape.length === 4 && x.shape[0] > 1 && weight.shape[0] > 1
      // Weights that are known get the engine's blocked layout, which is better still.
      if (!isPlanar || known.has(weight) || integerAttribute(node, 'group', 1) > 1) return undefined
      if (!isSmall(node)) return undefined
      return [
        convFoldingBatch(
          node,
          inputs.filter(input => input !== undefined),
        ),
      ]
    }
  return {
    Conv: folded(({ outputs: [y] }) => pixelsOf(y) <= foldUpTo),
    ConvTranspose: folded(({ inputs: [x] }) => pixelsOf(x!) <= Math.min(largestTransposed, foldUpTo)),
  }
}

const pixelsOf = ({ shape }: Value): number => sizeOf(shape.slice(2))
