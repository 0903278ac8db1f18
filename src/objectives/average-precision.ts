/**
 * Average precision of an anchor's ranking, made smooth in two ways; the loss is the mean of 1 - AP over anchors that
 * have a positive.
 *
 * `smooth-ap` (Brown, Xie, Kalogeiton, Zisserman, "Smooth-AP: Smoothing the Path Towards Large-Scale Image Retrieval",
 * ECCV 2020): with G(x) = 1 / (1 + exp(-x / t)) in the place of a step, the rank of a positive i is
 * 1 + sum over j of G(S_aj - S_ai), and AP the mean over positives of the rank among positives by the rank among all.
 * The anchor itself is not ranked, as in the paper; `own: 'ranked'` counts it as a positive of its own, as the authors'
 * code does, which makes all gradients smaller. A batch of b images takes b^3 numbers.
 *
 * `fast-ap` (Cakir, He, Xia, Kulis, Sclaroff, "Deep Metric Learning to Rank", CVPR 2019, section 3): squared
 * distances are counted into soft bins, h for positives with cumulative H+, and cumulative H for all; AP is the sum over
 * bins of h H+ / H by the number of positives. `bins` are steps between 0 and 4, so that there is one centre more.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import {
  abs,
  add,
  cast,
  div,
  greater,
  maximum,
  mul,
  not,
  or,
  relu,
  sigmoid,
  sub,
  where,
} from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { matmul } from '../graph/ops/linear.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { float32 } from '../graph/tensor.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { definePairObjective, hasAny } from './pairs.ts'
import { reduceLosses } from './reduction.ts'
import { maskWhere, squaredDistances } from './similarity.ts'

const smoothOptions = z.object({
  temperature: z.number().positive().default(0.01).describe('how soft the steps of the ranks are'),
  own: z
    .enum(['left-out', 'ranked'])
    .default('left-out')
    .describe('whether an anchor is a positive in its own ranking'),
})

const number = (mask: Value): Value => cast(mask, 'float32')

export const smoothAp = definePairObjective<z.infer<typeof smoothOptions>>({
  name: 'smooth-ap',
  summary: 'Smooth-AP: average precision with soft ranks',
  options: smoothOptions,
  loss({ similarities, positive, negative }, { temperature, own }) {
    const [n, m] = similarities.shape
    const others = maskWhere(similarities, [m, m], (row, column) => row !== column)
    const ranked = own === 'ranked' ? or(positive, not(or(positive, negative))) : positive
    const gaps = sub(reshape(similarities, [n, 1, m]), reshape(similarities, [n, m, 1]))
    const steps = mul(sigmoid(div(gaps, temperature)), reshape(number(others), [1, m, m]))
    const rankAmong = (mask: Value) => reduceSum(mul(steps, reshape(number(mask), [n, 1, m])), [2])
    const within = add(rankAmong(ranked), 1)
    const overall = add(within, rankAmong(negative))
    const precision = meanOver(div(within, overall), ranked)
    return reduceLosses(sub(1, precision), hasAny(positive))
  },
})

/** (n): mean of the entries of each row where the mask is true. */
const meanOver = (values: Value, mask: Value): Value =>
  div(reduceSum(where(mask, values, 0), [1]), maximum(reduceSum(number(mask), [1]), 1))

const fastOptions = z.object({
  bins: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('steps of the histograms of squared distances'),
  ...memoryOptions,
})

export const fastAp = withMemory<z.infer<typeof fastOptions>>({
  name: 'fast-ap',
  summary: 'FastAP: average precision from soft histograms of distances',
  options: fastOptions,
  loss({ similarities, positive, negative }, { bins }) {
    const [n, m] = similarities.shape
    const { graph } = similarities
    const centres = Float32Array.from({ length: bins + 1 }, (_, k) => (4 * k) / bins)
    const apart = reshape(squaredDistances(similarities), [n, 1, m])
    const offset = abs(sub(apart, graph.constant(float32([1, bins + 1, 1], centres))))
    const pulse = relu(sub(1, mul(offset, bins / 4)))
    const histogram = (mask: Value) => reduceSum(mul(pulse, reshape(number(mask), [n, 1, m])), [2])
    const upTo = number(maskWhere(similarities, [bins + 1, bins + 1], (bin, end) => bin <= end))
    const own = histogram(positive)
    const [before, all] = [own, add(own, histogram(negative))].map(counts => matmul(counts, upTo))
    const filled = greater(all, 0)
    const share = where(filled, div(mul(own, before), where(filled, all, 1)), 0)
    const classmates = maximum(reduceSum(number(positive), [1]), 1)
    return reduceLosses(sub(1, div(reduceSum(share, [1]), classmates)), hasAny(positive))
  },
})
