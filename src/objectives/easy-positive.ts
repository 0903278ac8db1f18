/**
 * Easy-positive objectives (Xuan, Stylianou, Pless, "Improved Embeddings with Easy Positive Triplet Mining",
 * WACV 2020): an anchor is pulled only to its most similar classmate in the batch, p, and pushed from negatives.
 * With S cosine similarities and t the temperature, per anchor and negative n
 *
 *   order 1:  log(1 + exp((S_an - S_ap) / t))
 *   order 2:  log(1 + exp((S_an^2 / 2 - (S_ap - S_ap^2 / 2)) / t))  =  log(1 + exp((d^2 - 1) / 2t)),
 *
 * d being the distance of (S_ap, S_an) to the ideal point (1, 0). EP sums the exponentials over all negatives,
 * EPHN takes the hardest, EPSHN the hardest that is no more similar than the positive.
 *
 * Two mixed orders treat hard triplets (S_an >= S_ap) apart, with a weight: order 0 only pushes them,
 * log(1 + exp(S_an - [S_an] - 0.1)) with [] detached; order 3 takes the logits of order 2 without temperature.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { and, div, less, mul, softplus, square, stopGradient, sub, where } from '../graph/ops/elementwise.ts'
import { type Choice, mostSimilar, semiHard } from './mining.ts'
import { type Batch, defineObjective } from './objective.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'
import { cosineSimilarities, type PairMasks, pairMasks, withoutDuplicates } from './similarity.ts'
import { tripletStatistics } from './statistics.ts'

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

const mixedOptions = easyPositiveOptions.extend({
  order: z
    .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
    .default(1)
    .describe('order of the similarity polynomial in the logits; 0 and 3 treat hard triplets apart'),
  weight: z.number().min(0).default(1).describe('of hard triplets, for orders 0 and 3'),
})

export type EasyPositiveOptions = z.infer<typeof easyPositiveOptions>
type MixedOptions = z.infer<typeof mixedOptions>

const pullLogit = (similarity: Value, order: number): Value =>
  order === 2 ? sub(similarity, mul(square(similarity), 0.5)) : similarity

const pushLogit = (similarity: Value, order: number): Value =>
  order === 2 ? mul(square(similarity), 0.5) : similarity

/** What the three have in common: similarities, and every anchor's nearest classmate that is not its copy. */
function easyPositives({ output, labels }: Batch, options: Omit<EasyPositiveOptions, 'order'>) {
  const similarities = cosineSimilarities(output)
  const masks = pairMasks(labels)
  const candidates = withoutDuplicates(masks.positive, stopGradient(similarities), options.duplicateCeiling)
  return { similarities, masks, easy: mostSimilar(similarities, candidates, options.minimumSimilarity) }
}

/** log(1 + exp((push - pull) / t)) per anchor. */
function lossesOf(easy: Choice, negative: Choice, { order, temperature, weight }: MixedOptions): Value {
  const [pull, push] = [easy.similarity, negative.similarity]
  const own = (order: number) => sub(pushLogit(push, order), pullLogit(pull, order))
  if (order === 1 || order === 2) return softplus(div(own(order), temperature))
  const hard = order === 0 ? softplus(sub(sub(push, stopGradient(push)), 0.1)) : softplus(own(2))
  return where(less(push, pull), softplus(div(own(1), temperature)), mul(hard, weight))
}

/** An objective with one negative per anchor, which `negatives` narrows down. */
const withOneNegative = (
  name: string,
  summary: string,
  negatives: (similarities: Value, masks: PairMasks, easy: Choice) => Value,
) =>
  defineObjective<MixedOptions>({
    name,
    kind: 'embedding',
    summary,
    options: mixedOptions,
    balanced: true,
    build(batch, options) {
      const { similarities, masks, easy } = easyPositives(batch, options)
      const hard = mostSimilar(similarities, negatives(similarities, masks, easy), options.minimumSimilarity)
      const valid = and(easy.valid, hard.valid)
      return {
        loss: reduceLosses(lossesOf(easy, hard, options), valid, options.reduction),
        statistics: tripletStatistics(easy, hard, valid),
      }
    },
  })

export const ephn = withOneNegative(
  'ephn',
  'easy positive, hard negative: pull the nearest classmate, push the nearest stranger',
  (_, { negative }) => negative,
)

export const epshn = withOneNegative(
  'epshn',
  'easy positive, semi-hard negative: pull the nearest classmate, push the hardest negative behind it',
  (similarities, { negative }, easy) => semiHard(similarities, negative, easy),
)

export const ep = defineObjective<EasyPositiveOptions>({
  name: 'ep',
  kind: 'embedding',
  summary: 'easy positive: pull the nearest classmate, push all strangers',
  options: easyPositiveOptions,
  balanced: true,
  build(batch, options) {
    const { temperature, order, minimumSimilarity, reduction } = options
    const { similarities, masks, easy } = easyPositives(batch, options)
    const hardest = mostSimilar(similarities, masks.negative, minimumSimilarity)
    const valid = and(easy.valid, hardest.valid)
    const pull = div(pullLogit(easy.similarity, order), temperature)
    const push = maskedLogSumExp(div(pushLogit(similarities, order), temperature), masks.negative)
    return {
      loss: reduceLosses(softplus(sub(push, pull)), valid, reduction),
      statistics: tripletStatistics(easy, hardest, valid),
    }
  },
})
