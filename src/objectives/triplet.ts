/**
 * The triplet loss on distances of unit vectors, squared unless `distance` says otherwise: max(0, D_ap^2 - D_an^2 +
 * margin), or with `form: 'soft'` log(1 + exp(D_ap^2 - D_an^2 + margin)), the soft margin of Hermans et al., who take
 * plain distances and a margin of 0.
 *
 *   hard:       an anchor's farthest classmate and nearest stranger in the batch (Hermans, Beyer, Leibe, "In
 *               Defense of the Triplet Loss", 2017), mean over anchors that have both.
 *   semi-hard:  for every pair of a class the nearest stranger with D_ap^2 < D_an^2 < D_ap^2 + margin (Schroff,
 *               Kalenichenko, Philbin, "FaceNet", CVPR 2015), mean over pairs that have one: just those whose
 *               loss is above 0 though the stranger is farther.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import {
  add,
  and,
  greater,
  less,
  minimum,
  mul,
  relu,
  softplus,
  stopGradient,
  sub,
  where,
} from '../graph/ops/elementwise.ts'
import { gatherElements, reshape } from '../graph/ops/layout.ts'
import { topK } from '../graph/ops/reduce.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { type Choice, countSmaller, leastSimilar, mostSimilar } from './mining.ts'
import type { Pairs } from './pairs.ts'
import { meanOfPositive, reduceLosses } from './reduction.ts'
import { distances, squaredDistances } from './similarity.ts'
import { tripletStatistics } from './statistics.ts'

const options = z.object({
  margin: z.number().min(0).default(0.2).describe('by how much a stranger must be farther than a classmate'),
  mining: z
    .enum(['semi-hard', 'hard', 'all'])
    .default('semi-hard')
    .describe('which triplets of the batch are learned from'),
  distance: z
    .enum(['squared', 'euclidean'])
    .default('squared')
    .describe('what is compared: squared distances, or distances'),
  form: z
    .enum(['hinge', 'soft'])
    .default('hinge')
    .describe('hinge: nothing once the margin is kept; soft: log(1 + exp), which goes on pulling'),
  ...memoryOptions,
})

type Options = z.infer<typeof options>

type Distance = Options['distance']

const measures = { squared: squaredDistances, euclidean: distances }

interface Triplets {
  positive: Choice
  negative: Choice
  /** which of them exist */
  valid: Value
  /** which of them could: anchors, or pairs of a class */
  among?: Value
}

function hardest({ similarities, ...masks }: Pairs): Triplets {
  const positive = leastSimilar(similarities, masks.positive)
  const negative = mostSimilar(similarities, masks.negative)
  return { positive, negative, valid: and(positive.valid, negative.valid) }
}

/** All as (n, m, m): anchor by positive by negative. */
function everyTriplet({ similarities, ...masks }: Pairs): Triplets {
  const [n, m] = similarities.shape
  const byPositive = (value: Value) => reshape(value, [n, m, 1])
  const byNegative = (value: Value) => reshape(value, [n, 1, m])
  const valid = and(byPositive(masks.positive), byNegative(masks.negative))
  return {
    positive: { similarity: byPositive(similarities), valid },
    negative: { similarity: byNegative(similarities), valid },
    valid,
  }
}

/**
 * All as (n, m): anchor by positive. The strangers of an anchor are sorted once; the first that is farther than
 * a positive stands behind those that are as near.
 */
function semiHard({ similarities, ...masks }: Pairs, margin: number, distance: Distance): Triplets {
  const [, m] = similarities.shape
  const detached = stopGradient(similarities)
  const strangers = where(masks.negative, detached, -2)
  const { values, indices } = topK(strangers, m)
  const farther = countSmaller(strangers, detached)
  const place = minimum(sub(m, farther), m - 1)
  const [toPositive, toNegative] = [detached, gatherElements(values, place, 1)].map(measures[distance])
  const inWindow = and(greater(toNegative, toPositive), less(toNegative, add(toPositive, margin)))
  const valid = and(and(inWindow, masks.positive), greater(gatherElements(values, place, 1), -1.5))
  return {
    positive: { similarity: similarities, valid },
    negative: { similarity: gatherElements(similarities, gatherElements(indices, place, 1), 1), valid },
    valid,
    among: masks.positive,
  }
}

/** D_ap - D_an, or of their squares, of each triplet. */
function gapsOf({ positive, negative }: Triplets, distance: Distance): Value {
  return distance === 'squared'
    ? mul(sub(negative.similarity, positive.similarity), 2)
    : sub(distances(positive.similarity), distances(negative.similarity))
}

function chosen(pairs: Pairs, { mining, margin, distance }: Options): Triplets {
  if (mining === 'hard') return hardest(pairs)
  if (mining === 'all') return everyTriplet(pairs)
  return semiHard(pairs, margin, distance)
}

export const triplet = withMemory<Options>({
  name: 'triplet',
  summary: 'triplets: a classmate must be nearer than a stranger by a margin',
  options,
  loss(pairs, options) {
    const { margin, mining, distance, form } = options
    const triplets = chosen(pairs, options)
    const violations = add(gapsOf(triplets, distance), margin)
    const losses = form === 'hinge' ? relu(violations) : softplus(violations)
    const { positive, negative, valid, among } = triplets
    if (mining === 'all') return meanOfPositive(losses, valid)
    return {
      loss: reduceLosses(losses, valid),
      statistics: tripletStatistics(positive, negative, valid, among),
    }
  },
})
