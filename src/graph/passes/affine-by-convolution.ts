/**
 * A factor and a shift for each channel, which is what batch normalisation comes to once its statistics are known: as a
 * depthwise convolution with a kernel of one pixel it is one pass over memory, to which the engine adds the ReLU and the
 * sum of a residual unit that come after it. On maps of 56 x 56 it takes half the time of product, sum and ReLU, of 16 x 16
 * two thirds, and more below, where each map is too short for a call of its own (two AVX-512 cores;
 * `npm run bench -- pass-affine-by-convolution`).
 */
import type { Value } from '../graph.ts'
import { conv } from '../ops/convolution.ts'
import { reshape } from '../ops/layout.ts'
import { sizeOf } from '../tensor.ts'
import { knownValues, type Pass } from './rewrite.ts'

/** Pixels of the smallest map for which it gains. */
const smallest = 16 * 16

export const affineByConvolution: Pass = computation => {
  const known = knownValues(computation)
  return {
    Add: ({ inputs, outputs: [{ shape, dtype }] }, [left, right]) => {
      if (shape.length !== 4 || dtype !== 'float32' || sizeOf(shape.slice(2)) < smallest) return undefined
      const [, channels] = shape
      const scaled = partsOf(left!, right!, channels)
      const product = scaled?.whole.producer
      if (product?.op !== 'Mul') return undefined
      const factors = partsOf(product.inputs[0]!, product.inputs[1]!, channels)
      if (!factors || String(factors.whole.shape) !== String(shape)) return undefined
      // The engine makes a shift that is known a part of the convolution before it.
      if (inputs.some(input => known.has(input!))) return undefined
      const weight = reshape(factors.perChannel, [channels, 1, 1, 1])
      const bias = reshape(scaled!.perChannel, [channels])
      return [conv(factors.whole, weight, { groups: channels, bias })]
    },
  }
}

/** Of two operands the one that has a number for each channel, (1, c, 1, 1), and the other. */
function partsOf(a: Value, b: Value, channels: number): { whole: Value; perChannel: Value } | undefined {
  const isPerChannel = ({ shape }: Value) => String(shape) === String([1, channels, 1, 1])
  if (isPerChannel(b)) return { whole: a, perChannel: b }
  return isPerChannel(a) ? { whole: b, perChannel: a } : undefined
}
