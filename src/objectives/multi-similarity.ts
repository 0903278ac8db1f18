/**
 * Multi-similarity (Wang, Han, Huang, Dong, Scott, "Multi-Similarity Loss with General Pair Weighting for Deep Metric
 * Learning", CVPR 2019, equation 15). With cosines S, the mean over anchors a of
 *
 *   log(1 + sum_p exp(-alpha (S_ap - base))) / alpha  +  log(1 + sum_n exp(beta (S_an - base))) / beta.
 *
 * `mining: 'informative'` is the paper's miner (equations 13 and 14), without which pytorch-metric-learning's loss of
 * this name stands by default: a positive counts if it is less similar than the most similar negative plus epsilon, a
 * negative if it is more similar than the least similar positive less epsilon.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { add, and, div, greater, less, mul, softplus, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { reduceMean } from '../graph/ops/reduce.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { type Choice, leastSimilar, mostSimilar } from './mining.ts'
import type { Pairs } from './pairs.ts'
import { maskedLogSumExp } from './reduction.ts'

const options = z.object({
  alpha: z.number().positive().default(2).describe('how sharply far positives count more'),
  beta: z.number().positive().default(50).describe('how sharply near negatives count more'),
  base: z.number().min(-1).max(1).default(0.5).describe('similarity that pulls and pushes start from'),
  mining: z
    .enum(['all', 'informative'])
    .default('all')
    .describe('all pairs, or those that the hardest pair of the other kind leaves worth learning from'),
  epsilon: z.number().min(0).default(0.1).describe('slack of the mining: the larger, the more pairs stay'),
  ...memoryOptions,
})

/** The pairs that the miner keeps. An anchor without negatives keeps no positives, and the other way round. */
function informative(pairs: Pairs, epsilon: number): Pairs {
  const { positive, negative } = pairs
  const similarities = stopGradient(pairs.similarities)
  const [n] = similarities.shape
  const column = (value: Value) => reshape(value, [n, 1])
  const hardest = mostSimilar(similarities, negative)
  const farthest = leastSimilar(similarities, positive)
  const within = (kind: Value, choice: Choice, close: Value) => and(and(kind, close), column(choice.valid))
  return {
    ...pairs,
    positive: within(positive, hardest, less(sub(similarities, epsilon), column(hardest.similarity))),
    negative: within(negative, farthest, greater(add(similarities, epsilon), column(farthest.similarity))),
  }
}

export const multiSimilarity = withMemory<z.infer<typeof options>>({
  name: 'multi-similarity',
  summary: 'multi-similarity: far classmates and near strangers count the most',
  options,
  loss(pairs, { alpha, beta, base, mining, epsilon }) {
    const { similarities, positive, negative } = mining === 'all' ? pairs : informative(pairs, epsilon)
    const pull = softplus(maskedLogSumExp(mul(sub(similarities, base), -alpha), positive))
    const push = softplus(maskedLogSumExp(mul(sub(similarities, base), beta), negative))
    return reduceMean(add(div(pull, alpha), div(push, beta)))
  },
})
