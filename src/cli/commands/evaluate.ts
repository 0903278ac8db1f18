/** `evaluate MODEL DATA`, `evaluate VECTORS`: how good is it? */
import { z } from 'zod'
import { readVectors } from '../../data/vectors.node.ts'
import { GlasshouseError } from '../../errors.ts'
import { classify } from '../../training/classification.ts'
import { openModel } from '../../training/open-model.node.ts'
import { retrieve } from '../../training/retrieval.ts'
import { type CommandContext, defineCommand, type Outcome } from '../command.ts'
import { chooseSplit, forwardData, openDataFor, splits } from '../model-options.ts'
import { table } from '../summary.ts'

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'accuracy and confusion of a classifier, or recall at K of an embedding',
  arguments: [
    { name: 'model', description: 'a run (run@7 for an epoch), NET:WEIGHTS, or a file of vectors' },
    { name: 'data', description: 'what to test on; left out for vectors', optional: true },
  ],
  options: z.object({
    split: z.enum(splits).default('test').describe('which part of the data'),
    labels: z.string().optional().describe('labels of vectors that carry none: .npy, or one per line'),
    batch: z.number().int().min(1).max(4096).default(32).describe('images at once'),
    strict: z.boolean().default(false).describe('an unreadable image is an error'),
  }),
  examples: [
    { line: 'evaluate runs/train-1 seedlings/', does: 'Score a trained network on the test split' },
    { line: 'evaluate vectors.npy --labels labels.npy', does: 'Recall at K of vectors from elsewhere' },
  ],
  makesNothing: true,
  async run(context, { model: source, data }, { split, labels, batch, strict }) {
    if (/\.(arrow|npy)$/.test(source)) return evaluateVectors(context, source, labels)
    if (data === undefined)
      throw new GlasshouseError({
        code: 'argument-missing',
        what: 'there is nothing to test on',
        where: 'DATA',
        hint: 'Name a folder of images: glasshouse evaluate MODEL DATA',
      })
    const model = await openModel(source, context.seed)
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
      return retrievalOutcome(context, { data: output, dim: head.dim, labels: own })
    }
    const unknown = dataset.classes.filter(name => !head.classes.includes(name))
    if (unknown.length) {
      throw new GlasshouseError({
        code: 'classes-differ',
        what: 'the data has classes that the classifier does not know',
        where: data,
        got: unknown.slice(0, 5).join(', '),
        hint: 'Test on data with the same class names',
      })
    }
    const targets = indices.map(index => head.classes.indexOf(dataset.classes[dataset.items[index].label]))
    const { accuracy, perClass, confusion } = classify(output, head.classes.length, targets)
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

const percent = (share: number) => `${(100 * share).toFixed(2)} %`

async function evaluateVectors(context: CommandContext, path: string, labelsFile?: string): Promise<Outcome> {
  const { data, dim, labels } = await readVectors(path, { labels: labelsFile })
  if (!labels)
    throw new GlasshouseError({
      code: 'labels-missing',
      what: 'the vectors carry no labels',
      where: path,
      hint: 'Give them with --labels FILE',
    })
  const numbers = new Map([...new Set(labels)].map((name, index) => [name, index]))
  return retrievalOutcome(context, { data, dim, labels: labels.map(label => numbers.get(label)!) })
}

async function retrievalOutcome(
  context: CommandContext,
  vectors: Parameters<typeof retrieve>[1],
): Promise<Outcome> {
  const { recall, mapAtR, queries } = await retrieve(await context.engine(), vectors, context.signal)
  const scores = Object.entries(recall).map(([k, share]) => ({
    measure: `recall at ${k}`,
    value: percent(share),
  }))
  return {
    metrics: { recall, mapAtR, queries },
    summary: [...scores, { measure: 'MAP@R', value: percent(mapAtR) }],
  }
}
