/**
 * Softmax over the similarities of an anchor a, with S cosines and t the temperature.
 *
 * `supcon` (Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, equation 2, L_out): the mean over the
 * positives p of -log of exp(S_ap / t) / sum over all others of exp(S_aj / t); mean over anchors that have both a
 * positive and a negative. The paper multiplies by t / t_base with both equal, and takes two views of each image; here
 * the images of a class are each other's views.
 *
 * `ntxent` (Sohn 2016; van den Oord, Li, Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018,
 * equation 4, InfoNCE; named by Chen et al., "SimCLR", ICML 2020, equation 1): every pair (a, p) of a class against the
 * negatives of a only, -log of exp(S_ap / t) / (exp(S_ap / t) + sum over negatives of exp(S_an / t)); mean over pairs.
 */
import { z } from 'zod'
import { and, cast, div, maximum, or, softplus, sub, where } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { hasAny } from './pairs.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'

const temperature = z.number().positive().describe('softmax temperature; similarities are divided by it')

const supconOptions = z.object({ temperature: temperature.default(0.1), ...memoryOptions })

export const supcon = withMemory<z.infer<typeof supconOptions>>({
  name: 'supcon',
  summary: 'supervised contrastive: all classmates share the softmax over everybody else',
  options: supconOptions,
  loss({ similarities, positive, negative }, { temperature }) {
    const logits = div(similarities, temperature)
    const among = maskedLogSumExp(logits, or(positive, negative))
    const classmates = maximum(reduceSum(cast(positive, 'float32'), [1]), 1)
    const mean = div(reduceSum(where(positive, logits, 0), [1]), classmates)
    return reduceLosses(sub(among, mean), and(hasAny(positive), hasAny(negative)))
  },
})

const ntxentOptions = z.object({ temperature: temperature.default(0.07), ...memoryOptions })

export const ntxent = withMemory<z.infer<typeof ntxentOptions>>({
  name: 'ntxent',
  summary: 'NT-Xent, or InfoNCE: each classmate in a softmax of its own against all strangers',
  options: ntxentOptions,
  loss({ similarities, positive, negative }, { temperature }) {
    const [n] = similarities.shape
    const logits = div(similarities, temperature)
    const strangers = reshape(maskedLogSumExp(logits, negative), [n, 1])
    return reduceLosses(softplus(sub(strangers, logits)), positive)
  },
})
