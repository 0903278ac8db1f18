/**
 * Selectively contrastive triplets (Xuan, Stylianou, Liu, Pless, "Hard negative examples are hard, but useful",
 * ECCV 2020): easy positives against hardest negatives. Where the negative is the more similar, pulling the pair
 * would collapse the embedding, so such an anchor only pushes, by lambda S_an; all others learn as with EPHN.
 */
import { z } from 'zod'
import { and, div, greater, mul, softplus, stopGradient, sub, where } from '../graph/ops/elementwise.ts'
import { mostSimilar } from './mining.ts'
import { defineObjective } from './objective.ts'
import { reduceLosses } from './reduction.ts'
import { cosineSimilarities, pairMasks, withoutDuplicates } from './similarity.ts'
import { tripletStatistics } from './statistics.ts'

const options = z.object({
  lambda: z.number().min(0).default(1).describe('weight of hard triplets'),
  temperature: z.number().positive().default(0.1).describe('softmax temperature of the others'),
  duplicateCeiling: z
    .number()
    .default(0.9999)
    .describe('positives more similar than this are taken for the same image'),
  minimumSimilarity: z
    .number()
    .min(-1)
    .default(0)
    .describe('anchors whose pair is at or below this similarity are dropped'),
})

export const sct = defineObjective<z.infer<typeof options>>({
  name: 'sct',
  kind: 'embedding',
  summary:
    'selectively contrastive triplets: nearest classmate against nearest stranger; hard ones only push',
  options,
  balanced: true,
  build({ output, labels }, { lambda, temperature, duplicateCeiling, minimumSimilarity }) {
    const similarities = cosineSimilarities(output)
    const { positive, negative } = pairMasks(labels)
    const candidates = withoutDuplicates(positive, stopGradient(similarities), duplicateCeiling)
    const easy = mostSimilar(similarities, candidates, minimumSimilarity)
    const hardest = mostSimilar(similarities, negative, minimumSimilarity)
    const valid = and(easy.valid, hardest.valid)
    const pushed = mul(hardest.similarity, lambda)
    const compared = softplus(div(sub(hardest.similarity, easy.similarity), temperature))
    const losses = where(greater(hardest.similarity, easy.similarity), pushed, compared)
    return { loss: reduceLosses(losses, valid), statistics: tripletStatistics(easy, hardest, valid) }
  },
})
