/** `evaluate MODEL DATA`, `evaluate VECTORS`: how good is it? */
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { splitChoices } from '../data/choose-split.ts'
import { similarityNames } from '../embedding/ranking.ts'
import { isShardFolder } from '../embedding/vector-shards.node.ts'
import { openModelOf } from '../lenses/inputs.node.ts'
import { confusionMatrix } from '../models/classification.ts'
import { requireEffect, withOption } from '../options/needs.ts'
import { flagOf } from '../options/options.ts'
import type { ClassifierScore, EmbeddingScore } from '../runs/evaluate.node.ts'
import { defineCommand, type Outcome } from './command.ts'
import { table } from './summary.ts'

const options = z.object({
  split: z.enum(splitChoices).default('test').describe('which part of the data'),
  labels: z.string().optional().describe('labels of vectors that carry none: .npy, or one per line'),
  gallery: z.string().optional().describe('VECTORS in which the first ones are looked for'),
  galleryLabels: z
    .string()
    .optional()
    .describe('labels of a gallery that carries none')
    .meta({ needs: [withOption('gallery')] }),
  ranks: z.array(z.number().int().min(1)).default([1, 2, 4, 8]).describe('the K of recall at K'),
  clusters: z
    .boolean()
    .default(false)
    .describe('also cluster by k-means, one cluster per class, and compare (NMI, AMI)'),
  similarity: z
    .enum(similarityNames)
    .default('cosine')
    .describe('what is near: cosine, Euclidean distance or dot product'),
  wholeRanking: z
    .boolean()
    .default(false)
    .describe('rank everything for each query: mean average precision and mean reciprocal rank'),
  batch: z.number().int().min(1).max(4096).default(32).describe('images at once'),
  strict: z.boolean().default(false).describe('an unreadable image is an error'),
})

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'accuracy and confusion of a classifier, or recall at K of an embedding',
  description:
    'With --out it also leaves a page: precision, recall and F1 of each class and the confusion, or the recall at each K. `mistakes` shows the images.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description:
        'a run (run@7 for an epoch), NET:WEIGHTS, or vectors: a file, a folder of shards, or run@7:test',
    },
    { name: 'data', kind: 'data', description: 'what to test on; left out for vectors', optional: true },
  ],
  options,
  examples: [
    { line: 'evaluate runs/train-1 seedlings/', does: 'Score a trained network on the test split' },
    { line: 'evaluate vectors.npy --labels labels.npy', does: 'Recall at K of vectors from elsewhere' },
    {
      line: 'evaluate run@0:test --clusters',
      does: 'Score what a run embedded before its first step, with NMI',
    },
    {
      line: 'evaluate query.arrow --gallery gallery.arrow --ranks 1 --ranks 10',
      does: 'Look queries up in a gallery',
    },
  ],
  makesNothing: true,
  check({ model, data }, values, given) {
    if (data === undefined && !isVectors(model))
      throw new GlasshouseError({
        code: 'argument-missing',
        what: 'there is nothing to test on',
        where: 'DATA',
        hint: 'Name a folder of images: glasshouse evaluate MODEL DATA',
      })
    requireUsed(given, data === undefined ? forImages : forVectors)
    requireEffect(options, given, values)
  },
  async run(
    context,
    { model: source, data },
    { split, batch, strict, ranks, clusters, similarity, wholeRanking: whole, ...files },
  ) {
    const { evaluateModel, evaluateVectors } = await import('../runs/evaluate.node.ts')
    if (data === undefined) {
      if (Object.values(context.model ?? {}).some(wish => wish !== undefined)) throw notForVectors(source)
      return retrievalOutcome(
        await evaluateVectors(context, source, files, { ranks, clusters, similarity, whole }),
      )
    }
    const model = await openModelOf(source, context)
    if (model.network.head.kind === 'classes') requireUsed(context.given, forEmbeddings)
    const score = await evaluateModel(context, model, data, {
      split,
      batch,
      strict,
      ranks,
      clusters,
      similarity,
      whole,
    })
    const outcome = score.kind === 'classes' ? classifierOutcome(score) : retrievalOutcome(score)
    if (!context.wantsFiles) return outcome
    const [{ drawEvaluation }, { pageOf }] = await Promise.all([
      import('../runs/evaluation-page.node.ts'),
      import('../figures/page.node.ts'),
    ])
    const drawn = drawEvaluation(score, { model: source, data, split })
    return { ...outcome, report: await pageOf(context, `evaluate ${source} ${data}`, drawn) }
  },
})

const isVectors = (source: string): boolean =>
  /(\.(arrow|npy)|@\d+:\w+)$/.test(source) || isShardFolder(source)

interface Purpose {
  options: readonly string[]
  of: string
}

const forVectors: Purpose = { options: ['labels', 'gallery', 'galleryLabels'], of: 'vectors, without DATA' }
const forImages: Purpose = { options: ['split', 'batch', 'strict'], of: 'a model and DATA' }
const forEmbeddings: Purpose = {
  options: ['ranks', 'clusters', 'similarity', 'wholeRanking'],
  of: 'embeddings, and this is a classifier',
}

function requireUsed(given: ReadonlySet<string>, { options, of }: Purpose): void {
  const unused = options.find(key => given.has(key))
  if (unused === undefined) return
  throw new GlasshouseError({
    code: 'option-unused',
    what: `this option would have no effect: it is for ${of}`,
    where: flagOf(unused),
    hint: 'Leave it out',
  })
}

const notForVectors = (where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'usage',
    what: '--output, --as and --classes say how a model is read; these are vectors',
    where,
    hint: 'Leave them out',
  })

const percentOf = (share: number | null) => (share === null ? '' : percent(share))
const percent = (share: number) => `${(100 * share).toFixed(2)} %`

/** Up to so many classes the confusion is a matrix; beyond, a list of its cells that are not 0. */
const matrixUpTo = 200
/** A terminal shows as many classes as a person reads: the worst ones where there are more. */
const mostRows = 100

function classifierOutcome({
  accuracy,
  perClass,
  precision,
  f1,
  macroF1,
  confusion,
  classes,
  images,
  counts,
}: ClassifierScore): Outcome {
  const seen = classes.flatMap((_, label) => (counts[label] || classes.length <= mostRows ? [label] : []))
  const worst = [...seen].sort((a, b) => (perClass[a] ?? 1) - (perClass[b] ?? 1)).slice(0, mostRows)
  const shown = seen.length > mostRows ? worst : seen
  const rows = shown.map(label => ({
    class: classes[label],
    images: counts[label],
    precision: percentOf(precision[label]),
    recall: percentOf(perClass[label]),
    F1: percentOf(f1[label]),
  }))
  const left = seen.length > shown.length ? `\nthe ${shown.length} worst of ${seen.length} classes` : ''
  return {
    metrics: {
      accuracy,
      perClass,
      precision,
      f1,
      macroF1,
      confusion: classes.length <= matrixUpTo ? confusionMatrix(confusion, classes.length) : confusion,
      classes,
      images,
    },
    summary: `${table(rows)}${left}\n\naccuracy ${percent(accuracy)}, mean F1 ${percent(macroF1)} on ${images} images`,
  }
}

function retrievalOutcome({
  recall,
  rPrecision,
  mapAtR,
  map,
  mrr,
  queries,
  nmi,
  ami,
  triplets,
}: EmbeddingScore): Outcome {
  const rows = [
    ...Object.entries(recall).map(([k, share]) => ({ measure: `recall at ${k}`, value: percent(share) })),
    { measure: 'R-precision', value: percent(rPrecision) },
    { measure: 'MAP@R', value: percent(mapAtR) },
    ...Object.entries({ MAP: map, MRR: mrr, NMI: nmi, AMI: ami }).flatMap(([measure, value]) =>
      value === undefined ? [] : [{ measure, value: percent(value) }],
    ),
    ...(triplets
      ? [
          { measure: 'mean distance to (1, 0)', value: triplets.meanDistance.toFixed(3) },
          { measure: 'both similarities above 0.8', value: percent(triplets.topRight) },
        ]
      : []),
  ]
  return { metrics: { recall, rPrecision, mapAtR, map, mrr, nmi, ami, queries, triplets }, summary: rows }
}
