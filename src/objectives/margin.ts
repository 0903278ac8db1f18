/**
 * The margin loss (Wu, Manmatha, Smola, Kraehenbuehl, "Sampling Matters in Deep Embedding Learning", ICCV 2017):
 * max(0, alpha + y (D - beta)) over pairs, y = 1 in a class and -1 across, mean over the terms above 0. The
 * boundary beta can be trained, one for all classes or one for each.
 *
 * `sampling: 'all'` takes every ordered pair. 'distance' draws one stranger for every pair of a class, with a
 * weight of 1 / q(D): q(D) = D^(dim-2) (1 - D^2 / 4)^((dim-3)/2) is how often a distance occurs among random points
 * of the sphere, so strangers at all distances are seen equally often. D is taken to be 0.5 at least, and
 * strangers beyond 1.4 are not drawn.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import {
  add,
  and,
  cast,
  clip,
  div,
  exp,
  greater,
  less,
  log,
  maximum,
  minimum,
  mul,
  not,
  or,
  relu,
  square,
  stopGradient,
  sub,
  where,
} from '../graph/ops/elementwise.ts'
import { gather, gatherElements, reshape, slice } from '../graph/ops/layout.ts'
import { cumulativeSum, reduceMax, reduceSum } from '../graph/ops/reduce.ts'
import { float32 } from '../graph/tensor.ts'
import { countSmaller } from './mining.ts'
import { type Batch, defineObjective, type ObjectiveParameter } from './objective.ts'
import { cosineSimilarities, distances, pairMasks } from './similarity.ts'
import { nearestStatistics } from './statistics.ts'

const options = z.object({
  alpha: z.number().min(0).default(0.2).describe('half the width of the margin'),
  beta: z
    .number()
    .positive()
    .default(1.2)
    .describe('the boundary between classmates and strangers, at first'),
  learnBeta: z
    .enum(['no', 'one', 'per-class'])
    .default('no')
    .describe('whether the boundary is trained: one for all, or one for each class'),
  betaRate: z
    .number()
    .min(0)
    .default(1)
    .describe('learning rate of the boundary as a multiple of the network’s'),
  sampling: z
    .enum(['all', 'distance'])
    .default('all')
    .describe('all pairs, or one stranger for each pair of a class, drawn evenly over distances'),
})

type Options = z.infer<typeof options>

const nearestDrawn = 0.5
const farthestDrawn = 1.4

export const margin = defineObjective<Options>({
  name: 'margin',
  kind: 'embedding',
  summary: 'margin: classmates within beta - alpha, strangers beyond beta + alpha',
  options,
  balanced: true,
  noisy: ({ sampling }) => sampling === 'distance',
  parameters({ classes }, { learnBeta, beta, betaRate }): Record<string, ObjectiveParameter> {
    if (learnBeta === 'no') return {}
    const length = learnBeta === 'one' ? 1 : classes
    const start = () => float32([length], new Float32Array(length).fill(beta))
    return { beta: { shape: [length], initialise: start, rate: betaRate } }
  },
  build(batch, { alpha, beta, learnBeta, sampling }) {
    const { output, labels, parameters } = batch
    const similarities = cosineSimilarities(output)
    const masks = pairMasks(labels)
    const apart = distances(similarities)
    const [n] = labels.shape
    const boundary =
      learnBeta === 'no'
        ? output.graph.constant(beta)
        : learnBeta === 'one'
          ? parameters!.beta
          : reshape(gather(parameters!.beta, labels), [n, 1])
    const pulled = relu(add(sub(apart, boundary), alpha))
    const strangers = sampling === 'all' ? apart : drawStrangers(batch, apart, masks.negative)
    const pushed = relu(add(sub(boundary, strangers), alpha))
    // Drawn strangers stand where their classmates do; pairs that nothing was drawn for count on neither side.
    const drawn =
      sampling === 'all'
        ? masks.negative
        : and(masks.positive, cast(reduceMax(cast(masks.negative, 'float32'), [1], true), 'bool'))
    const terms = [where(masks.positive, pulled, 0), where(drawn, pushed, 0)]
    return { loss: meanOfPositive(terms), statistics: nearestStatistics(similarities, masks) }
  },
})

/** Sum over all terms of the lists by the number of those above 0. */
function meanOfPositive(lists: readonly Value[]): Value {
  const total = lists.map(losses => reduceSum(losses)).reduce(add)
  const counts = lists.map(losses => reduceSum(cast(greater(losses, 0), 'float32'))).reduce(add)
  return div(total, maximum(counts, 1))
}

/** (n, n): for anchor i and place j, the distance of i to one stranger, drawn by noise (i, j). */
function drawStrangers({ output, noise }: Batch, apart: Value, negative: Value): Value {
  if (!noise) throw new Error('distance-weighted sampling is built without noise')
  const [n, dim] = output.shape
  const d = stopGradient(apart)
  const clipped = clip(d, nearestDrawn)
  const logWeight = sub(
    mul(log(clipped), 2 - dim),
    mul(log(maximum(sub(1, mul(square(clipped), 0.25)), 1e-6)), (dim - 3) / 2),
  )
  const near = and(negative, less(d, farthestDrawn))
  // Where all strangers are far, each is as good as another.
  const anyNear = cast(reduceMax(cast(near, 'float32'), [1], true), 'bool')
  const candidates = or(near, and(negative, not(anyNear)))
  const scores = where(candidates, where(anyNear, logWeight, 0), -1e30)
  const weights = where(candidates, exp(sub(scores, reduceMax(scores, [1], true))), 0)
  const cumulative = cumulativeSum(weights)
  const total = slice(cumulative, [{ axis: 1, start: n - 1 }])
  const sought = mul(noise, total)
  // How many cumulative weights lie below what is sought is the place of the stranger that is drawn.
  const place = minimum(countSmaller(cumulative, sought), n - 1)
  return gatherElements(apart, place, 1)
}
