/** `evaluate MODEL DATA`, `evaluate VECTORS`: how good is it? */
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import { counting } from '../../base/work.ts'
import { kMeans, normalisedMutualInformation } from '../../embedding/clustering.ts'
import {
  normaliseRows,
  type Retrieval,
  type RetrievalOptions,
  retrieve,
  retrieveByRole,
  type Vectors,
} from '../../embedding/retrieval.ts'
import { openModelOf } from '../../lenses/inputs.node.ts'
import { classify } from '../../models/classification.ts'
import { openVectors } from '../../runs/open-vectors.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { type CommandContext, defineCommand, type Outcome } from '../command.ts'
import { chooseSplit, forwardData, openDataFor, splits } from '../model-options.ts'
import { table } from '../summary.ts'

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'accuracy and confusion of a classifier, or recall at K of an embedding',
  arguments: [
    {
      name: 'model',
      description: 'a run (run@7 for an epoch), NET:WEIGHTS, or vectors: a file, or run@7:test',
    },
    { name: 'data', description: 'what to test on; left out for vectors', optional: true },
  ],
  options: z.object({
    split: z.enum(splits).default('test').describe('which part of the data'),
    labels: z.string().optional().describe('labels of vectors that carry none: .npy, or one per line'),
    gallery: z.string().optional().describe('VECTORS in which the first ones are looked for'),
    galleryLabels: z.string().optional().describe('labels of a gallery that carries none'),
    ranks: z.array(z.number().int().min(1)).default([1, 2, 4, 8]).describe('the K of recall at K'),
    clusters: z
      .boolean()
      .default(false)
      .describe('also cluster by k-means, one cluster per class, and compare (NMI)'),
    batch: z.number().int().min(1).max(4096).default(32).describe('images at once'),
    strict: z.boolean().default(false).describe('an unreadable image is an error'),
  }),
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
  async run(context, { model: source, data }, { split, batch, strict, ranks, clusters, ...files }) {
    if (data === undefined && /(\.(arrow|npy)|@\d+:\w+)$/.test(source)) {
      if (Object.values(context.model ?? {}).some(wish => wish !== undefined)) throw notForVectors(source)
      return evaluateVectors(context, source, { ...files, ranks, clusters })
    }
    if (data === undefined)
      throw new GlasshouseError({
        code: 'argument-missing',
        what: 'there is nothing to test on',
        where: 'DATA',
        hint: 'Name a folder of images: glasshouse evaluate MODEL DATA',
      })
    const model = await openModelOf(source, context)
    const { network } = model
    const dataset = await openDataFor(model, data, context, strict)
    const indices = chooseSplit(dataset, split, data)
    const { output } = await forwardData(
      context,
      network,
      dataset,
      indices,
      ({ output }) => ({ output }),
      batch,
    )
    const { head } = network
    if (head.kind === 'embedding') {
      const own = indices.map(index => dataset.items[index].label)
      const roles = Array.from(indices, index => dataset.items[index].role)
      const vectors = { data: output, dim: head.dim, labels: own }
      return retrievalOutcome(context, data, vectors, { ranks, clusters }, (engine, options) =>
        retrieveByRole(engine, vectors, roles, options),
      )
    }
    const unknown = dataset.classes.filter(name => !head.classes.includes(name))
    if (unknown.length) {
      throw new GlasshouseError({
        code: 'classes-differ',
        what: 'the data has classes that the classifier does not know',
        where: data,
        got: unknown.slice(0, 5).join(', '),
        hint:
          head.classes.length === 1
            ? 'The classifier has one output: name two classes with --classes FILE, first that of 0, then that of 1'
            : 'Test on data with the same class names, or name the outputs with --classes FILE',
      })
    }
    // Outputs of the same name are the same class.
    const firstOfName = head.classes.map(name => head.classes.indexOf(name))
    const targets = indices.map(index => head.classes.indexOf(dataset.classes[dataset.items[index].label]))
    const { accuracy, perClass, confusion } = classify(output, head.classes.length, targets, firstOfName)
    const rows = head.classes.map((name, label) => ({
      class: name,
      images: confusion[label].reduce((a, b) => a + b, 0),
      accuracy: perClass[label] === null ? '' : percent(perClass[label]!),
    }))
    return {
      metrics: { accuracy, perClass, confusion, classes: head.classes, images: indices.length },
      summary: `${table(rows)}\n\naccuracy ${percent(accuracy)} on ${indices.length} images`,
    }
  },
})

const notForVectors = (where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'usage',
    what: '--output, --as and --classes say how a model is read; these are vectors',
    where,
    hint: 'Leave them out',
  })

const percent = (share: number) => `${(100 * share).toFixed(2)} %`

async function evaluateVectors(
  context: CommandContext,
  source: string,
  { labels, gallery, galleryLabels, ...asked }: Asked & VectorFiles,
): Promise<Outcome> {
  const numbers = new Map<string, number>()
  const open = async (source: string, file: string | undefined, flag: string): Promise<Vectors> => {
    const { data, dim, labels } = await openVectors(source, { labels: file })
    const missing = labels ? labels.indexOf('') : 0
    if (!labels || labels.every(label => label === ''))
      throw new GlasshouseError({
        code: 'labels-missing',
        what: 'the vectors carry no labels',
        where: source,
        hint: `Give them with ${flag} FILE`,
      })
    if (missing >= 0)
      throw new GlasshouseError({
        code: 'labels-missing',
        what: 'some vectors carry no label',
        where: `${source}, vector ${missing}`,
        hint: `Leave them out, or give labels with ${flag} FILE`,
      })
    for (const label of labels) if (!numbers.has(label)) numbers.set(label, numbers.size)
    return { data, dim, labels: Int32Array.from(labels, label => numbers.get(label)!) }
  }
  const queries = await open(source, labels, '--labels')
  const shelf = gallery === undefined ? undefined : await open(gallery, galleryLabels, '--gallery-labels')
  return retrievalOutcome(context, source, queries, asked, (engine, options) =>
    retrieve(engine, queries, { ...options, gallery: shelf }),
  )
}

interface VectorFiles {
  labels?: string
  gallery?: string
  galleryLabels?: string
}

interface Asked {
  ranks: number[]
  clusters: boolean
}

async function retrievalOutcome(
  context: CommandContext,
  where: string,
  vectors: Vectors,
  { ranks, clusters }: Asked,
  search: (engine: Engine, options: RetrievalOptions) => Promise<Retrieval>,
): Promise<Outcome> {
  const engine = await context.engine()
  const { signal } = context
  const progress = counting(context, 'queries')
  const result = await search(engine, { ranks, signal, onProgress: progress })
  const { recall, rPrecision, mapAtR, queries } = result
  if (queries === 0)
    throw new GlasshouseError({
      code: 'queries-none',
      what: 'no query has a classmate among what is searched, so there is no recall to measure',
      where,
      expected: 'two images or more of a class, or a gallery with the classes of the queries',
      got: `${vectors.labels.length} vectors of ${new Set(Array.from(vectors.labels)).size} classes`,
      hint: 'Check the labels, and that the split or the roles query and gallery leave classmates together',
    })
  const nmi = clusters ? await clusterQuality(engine, vectors, context.seed, signal) : undefined
  const rows = [
    ...Object.entries(recall).map(([k, share]) => ({ measure: `recall at ${k}`, value: percent(share) })),
    { measure: 'R-precision', value: percent(rPrecision) },
    { measure: 'MAP@R', value: percent(mapAtR) },
    ...(nmi === undefined ? [] : [{ measure: 'NMI', value: percent(nmi) }]),
  ]
  return { metrics: { recall, rPrecision, mapAtR, nmi, queries }, summary: rows }
}

/** Of k-means on unit vectors, with as many clusters as there are classes. */
async function clusterQuality(
  engine: Engine,
  { data, dim, labels }: Vectors,
  seed: number,
  signal: AbortSignal,
): Promise<number> {
  const clusters = new Set(Array.from(labels)).size
  const { assignment } = await kMeans(engine, normaliseRows(data, dim), dim, { clusters, seed, signal })
  return normalisedMutualInformation(assignment, labels)
}
