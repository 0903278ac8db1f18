/**
 * Easy-positive objectives (Xuan, Stylianou, Pless, "Improved Embeddings with Easy Positive Triplet Mining",
 * WACV 2020): an anchor is pulled only to its most similar classmate in the batch, p, and pushed from one
 * negative, n. With S cosine similarities and t the temperature, per anchor
 *
 *   order 1:  log(1 + exp((S_an - S_ap) / t))
 *   order 2:  log(1 + exp((S_an^2 / 2 - (S_ap - S_ap^2 / 2)) / t))  =  log(1 + exp((d^2 - 1) / 2t)),
 *
 * d being the distance of (S_ap, S_an) to the ideal point (1, 0). EPSHN takes the hardest negative that is no
 * more similar than the positive.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { and, div, mul, softplus, square, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { mostSimilar, semiHard } from './mining.ts'
import { defineObjective } from './objective.ts'
import { reduceAnchors, tripletStatistics } from './reduction.ts'
import { cosineSimilarities, pairMasks, withoutDuplicates } from './similarity.ts'

export const easyPositiveOptions = z.object({
  temperature: z
    .number()
    .positive()
    .default(0.1)
    .describe('softmax temperature; similarities are divided by it'),
  order: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe('order of the similarity polynomial in the logits'),
  duplicateCeiling: z
    .number()
    .default(0.9999)
    .describe('positives more similar than this are taken for the same image'),
  minimumSimilarity: z
    .number()
    .min(-1)
    .default(0)
    .describe('anchors whose pair is at or below this similarity are dropped'),
  reduction: z.enum(['mean', 'sum']).default('mean').describe('how the losses of anchors become one number'),
})

export type EasyPositiveOptions = z.infer<typeof easyPositiveOptions>

/** The logits of the positive and of the negative, before the temperature. */
export function tripletLogits(positive: Value, negative: Value, order: 1 | 2): [Value, Value] {
  if (order === 1) return [positive, negative]
  return [sub(positive, mul(square(positive), 0.5)), mul(square(negative), 0.5)]
}

export const epshn = defineObjective<EasyPositiveOptions>({
  name: 'epshn',
  kind: 'embedding',
  summary:
    'easy positive, semi-hard negative: pull the nearest classmate, push the hardest negative behind it',
  options: easyPositiveOptions,
  balanced: true,
  build({ output, labels }, { temperature, order, duplicateCeiling, minimumSimilarity, reduction }) {
    const similarities = cosineSimilarities(output)
    const { positive, negative } = pairMasks(labels)
    const candidates = withoutDuplicates(positive, stopGradient(similarities), duplicateCeiling)
    const easy = mostSimilar(similarities, candidates, minimumSimilarity)
    const hard = mostSimilar(similarities, semiHard(similarities, negative, easy), minimumSimilarity)
    const valid = and(easy.valid, hard.valid)
    const [pull, push] = tripletLogits(easy.similarity, hard.similarity, order)
    const losses = softplus(div(sub(push, pull), temperature))
    return { loss: reduceAnchors(losses, valid, reduction), statistics: tripletStatistics(easy, hard, valid) }
  },
})
