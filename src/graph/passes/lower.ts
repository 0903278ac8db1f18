/**
 * Lowering: what a device runs fastest, or runs at all, in place of what networks and gradient rules write for the
 * reader. Every pass has a file, a test of equality and, where a graph runs without it too, a benchmark, and can be switched off by its name.
 */
import type { Computation } from '../computation.ts'
import { decomposeBatchNorm } from './decompose-batch-norm.ts'
import { decomposeLrn } from './decompose-lrn.ts'
import { foldSmallMaps } from './fold-small-maps.ts'
import { maxPoolGradientByTaps } from './max-pool-gradient-by-taps.ts'
import { reverseByProduct } from './reverse-by-product.ts'
import { type Pass, type Rewrite, type Rewrites, rewriteGraph } from './rewrite.ts'
import { scalarsOfFullRank } from './scalars-of-full-rank.ts'
import { weightGradientByRows } from './weight-gradient-by-rows.ts'

export const passes = {
  'fold-small-maps': foldSmallMaps,
  'weight-gradient-by-rows': weightGradientByRows,
  'reverse-by-product': reverseByProduct,
  'decompose-batch-norm': decomposeBatchNorm,
  'decompose-lrn': decomposeLrn,
  'scalars-of-full-rank': scalarsOfFullRank,
  'max-pool-gradient-by-taps': maxPoolGradientByTaps,
} as const satisfies Record<string, Pass>

export type PassName = keyof typeof passes

/** Which passes a device needs. */
const passesOf: Readonly<Record<string, readonly PassName[]>> = {
  cpu: [
    'fold-small-maps',
    'weight-gradient-by-rows',
    'reverse-by-product',
    'decompose-batch-norm',
    'decompose-lrn',
    'scalars-of-full-rank',
  ],
  webgpu: ['decompose-batch-norm', 'max-pool-gradient-by-taps'],
}

/** The same computation in the form for a device; `without` leaves passes out, to measure what they bring. */
export function lower<Name extends string>(
  computation: Computation<Name>,
  device: string,
  without: readonly PassName[] = [],
): Computation<Name> {
  const chosen = (passesOf[device] ?? []).filter(name => !without.includes(name))
  if (chosen.length === 0) return computation
  return rewriteGraph(computation, firstOf(chosen.map(name => passes[name](computation))))
}

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
