/**
 * Lowering: what a device runs fastest, or runs at all, in place of what networks and gradient rules write for the
 * reader. Every pass has a file, a test of equality and, where a graph runs without it too, a benchmark, and can be switched off by its name.
 */
import type { Computation } from '../computation.ts'
import { operatorName } from '../graph.ts'
import { affineByConvolution } from './affine-by-convolution.ts'
import { convolutionsInBlocks } from './convolutions-in-blocks.ts'
import { decomposeBatchNorm } from './decompose-batch-norm.ts'
import { decomposeLrn } from './decompose-lrn.ts'
import { foldSmallMaps } from './fold-small-maps.ts'
import { maskByProduct } from './mask-by-product.ts'
import { maxPoolGradientByTaps } from './max-pool-gradient-by-taps.ts'
import { reverseByProduct } from './reverse-by-product.ts'
import { type Pass, type Rewrite, type Rewrites, rewriteGraph } from './rewrite.ts'
import { scalarsOfFullRank } from './scalars-of-full-rank.ts'
import { sumsByImage } from './sums-by-image.ts'
import { weightGradientByRows } from './weight-gradient-by-rows.ts'

export const passes = {
  'decompose-batch-norm': decomposeBatchNorm,
  'decompose-lrn': decomposeLrn,
  'convolutions-in-blocks': convolutionsInBlocks,
  'fold-small-maps': foldSmallMaps,
  'weight-gradient-by-rows': weightGradientByRows,
  'reverse-by-product': reverseByProduct,
  'affine-by-convolution': affineByConvolution,
  'sums-by-image': sumsByImage,
  'mask-by-product': maskByProduct,
  'scalars-of-full-rank': scalarsOfFullRank,
  'max-pool-gradient-by-taps': maxPoolGradientByTaps,
} as const satisfies Record<string, Pass>

export type PassName = keyof typeof passes

/** Which passes a device needs, in rounds: what one round has spelled out, the next puts in its fastest form. */
const roundsOf: Readonly<Record<string, readonly (readonly PassName[])[]>> = {
  cpu: [
    ['decompose-batch-norm', 'decompose-lrn'],
    [
      'convolutions-in-blocks',
      'fold-small-maps',
      'weight-gradient-by-rows',
      'reverse-by-product',
      'affine-by-convolution',
      'sums-by-image',
      'mask-by-product',
      'scalars-of-full-rank',
    ],
  ],
  webgpu: [['decompose-batch-norm', 'max-pool-gradient-by-taps']],
}

interface LowerOptions {
  /** passes to leave out, to measure what they bring */
  without?: readonly PassName[]
  /** channels of a pixel that the engine's blocked layout keeps side by side; 1, the default, where it has none */
  block?: number
}

/** The same computation in the form for a device. */
export const lower = <Name extends string>(
  computation: Computation<Name>,
  device: string,
  { without = [], block = 1 }: LowerOptions = {},
): Computation<Name> =>
  (roundsOf[device] ?? []).reduce((current, round) => {
    const chosen = round.filter(name => !without.includes(name))
    const rewrites = firstOf(chosen.map(name => passes[name](current, block)))
    const isNeeded = current.graph.nodes.some(node => Object.hasOwn(rewrites, operatorName(node)))
    return isNeeded ? rewriteGraph(current, rewrites) : current
  }, computation)

/** One copy of the graph serves all passes: of several that are about one operator, the first that takes a node has it. */
function firstOf(all: readonly Rewrites[]): Rewrites {
  const operators = new Set(all.flatMap(Object.keys))
  return Object.fromEntries(
    [...operators].map(op => {
      const rewrites = all.flatMap(each => each[op] ?? [])
      const first: Rewrite = (node, inputs) => {
        for (const rewrite of rewrites) {
          const made = rewrite(node, inputs)
          if (made) return made
        }
        return undefined
      }
      return [op, first]
    }),
  )
}
