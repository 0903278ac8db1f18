/**
 * The triplet loss on squared distances of unit vectors, max(0, D_ap^2 - D_an^2 + margin).
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
  stopGradient,
  sub,
  where,
} from '../graph/ops/elementwise.ts'
import { gatherElements } from '../graph/ops/layout.ts'
import { topK } from '../graph/ops/reduce.ts'
import { type Choice, countSmaller, leastSimilar, mostSimilar } from './mining.ts'
import { defineObjective } from './objective.ts'
import { reduceLosses } from './reduction.ts'
import { cosineSimilarities, type PairMasks, pairMasks, squaredDistances } from './similarity.ts'
import { tripletStatistics } from './statistics.ts'

const options = z.object({
  margin: z.number().min(0).default(0.2).describe('by how much a stranger must be farther than a classmate'),
  mining: z
    .enum(['semi-hard', 'hard'])
    .default('semi-hard')
    .describe('which triplets of the batch are learned from'),
})

interface Triplets {
  positive: Choice
  negative: Choice
  /** which of them exist */
  valid: Value
  /** which of them could: anchors, or pairs of a class */
  among?: Value
}

function hardest(similarities: Value, masks: PairMasks): Triplets {
  const positive = leastSimilar(similarities, masks.positive)
  const negative = mostSimilar(similarities, masks.negative)
  return { positive, negative, valid: and(positive.valid, negative.valid) }
}

/**
 * All as (n, n): anchor by positive. The strangers of an anchor are sorted once; the first that is farther than
 * a positive stands behind those that are as near.
 */
function semiHard(similarities: Value, masks: PairMasks, margin: number): Triplets {
  const [n] = similarities.shape
  const detached = stopGradient(similarities)
  const strangers = where(masks.negative, detached, -2)
  const { values, indices } = topK(strangers, n)
  const farther = countSmaller(strangers, detached)
  const place = minimum(sub(n, farther), n - 1)
  const [toPositive, toNegative] = [detached, gatherElements(values, place, 1)].map(squaredDistances)
  const inWindow = and(greater(toNegative, toPositive), less(toNegative, add(toPositive, margin)))
  const valid = and(and(inWindow, masks.positive), greater(gatherElements(values, place, 1), -1.5))
  return {
    positive: { similarity: similarities, valid },
    negative: { similarity: gatherElements(similarities, gatherElements(indices, place, 1), 1), valid },
    valid,
    among: masks.positive,
  }
}

export const triplet = defineObjective<z.infer<typeof options>>({
  name: 'triplet',
  kind: 'embedding',
  summary: 'triplets: a classmate must be nearer than a stranger by a margin',
  options,
  balanced: true,
  build({ output, labels }, { margin, mining }) {
    const similarities = cosineSimilarities(output)
    const masks = pairMasks(labels)
    const { positive, negative, valid, among } =
      mining === 'hard' ? hardest(similarities, masks) : semiHard(similarities, masks, margin)
    const gap = mul(sub(negative.similarity, positive.similarity), 2)
    return {
      loss: reduceLosses(relu(add(gap, margin)), valid),
      statistics: tripletStatistics(positive, negative, valid, among),
    }
  },
})
