/**
 * `demo`: the main job on built-in data. Draws seedlings, trains an embedding and a classifier on them, looks
 * into the classifier, and puts everything on one page.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { version } from '../../base/version.node.ts'
import { note } from '../../base/work.ts'
import { renderReport } from '../../figures/report.ts'
import { trainOptions } from '../../runs/train-options.ts'
import { defineCommand } from '../command.ts'

const options = z.object({
  epochs: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(14)
    .describe('passes over the training images, for each network'),
  perClass: z.number().int().min(10).max(10000).default(60).describe('images of each species'),
  studio: z.boolean().default(true).describe('open the web page at the end, where this version has one'),
})

/** What both networks share: the little net, at a size that two cores train in a minute. */
const common = { net: 'small', size: 64, schedule: 'one-cycle', lr: 0.1 } as const

export const demo = defineCommand({
  name: 'demo',
  summary: 'the main job on built-in data: draw, train, look inside, report',
  arguments: [],
  options,
  examples: [{ line: 'demo --no-studio', does: 'Everything, and end with one page to open' }],
  async run(context, _, { epochs, perClass }) {
    const [{ writeSeedlings }, { beginRun, writeDrawings }, { cam }, { runLens }] = await Promise.all([
      import('../../data/seedlings/draw.node.ts'),
      import('../../runs/carry-out.node.ts'),
      import('../../lenses/cam/definition.ts'),
      import('../../lenses/run.node.ts'),
    ])
    const out = await context.out()
    const data = join(out, 'seedlings')
    note(context, 'Drawing seedlings of twelve species')
    await writeSeedlings(data, {
      perClass,
      seed: context.seed,
      work: context,
    })
    context.made(data)

    const train = async (name: string, options: object) => {
      const folder = join(out, name)
      const { outcome, draw } = await beginRun(
        context,
        data,
        trainOptions.parse({ ...common, epochs, ...options }),
        folder,
      )
      context.made(folder)
      const { report, drawings } = await draw()
      await writeDrawings(context, drawings, `${name}-`)
      return { outcome, report }
    }
    // From random weights and so few images, objectives that choose triplets end anywhere between a quarter and two
    // thirds; proxies reach 87 and 92 % from two seeds.
    note(context, 'Training an embedding: every image towards the proxy of its class')
    const embedding = await train('embedding', {
      objective: 'proxy-nca',
      set: ['proxyRate=10'],
      batch: 48,
      optimizer: 'adam',
      lr: 0.003,
    })
    note(context, 'Training a classifier')
    const classifier = await train('classifier', { objective: 'softmax', batch: 32 })
    note(context, 'Looking where the classifier looks')
    const maps = await runLens(
      context,
      cam,
      { model: join(out, 'classifier'), pictures: data },
      { samples: 24 },
    )

    const recall = embedding.outcome.last.recall!
    const accuracy = classifier.outcome.last.accuracy!
    const named = (name: string, sections: typeof embedding.report.sections) =>
      sections.map(section => ({ ...section, title: `${name}: ${section.title.toLowerCase()}` }))
    const report = renderReport({
      title: 'Glasshouse: grow image embeddings, see inside them',
      summary: `${12 * perClass} drawn seedlings of twelve species; an embedding and a classifier, trained here in a few minutes; and where the classifier looks.`,
      figures: [
        { label: 'recall at 1 of the embedding', value: percent(recall['1']) },
        { label: 'accuracy of the classifier', value: percent(accuracy) },
      ],
      sections: [
        ...named('Embedding', embedding.report.sections),
        ...named('Classifier', classifier.report.sections),
        ...maps.report.sections,
      ],
      footer: `glasshouse ${version}  demo  seed ${context.seed}`,
    })
    return {
      metrics: { recall, accuracy, lenses: ['retrieval', 'cam'] },
      report,
      summary: [{ 'recall at 1': percent(recall['1']), accuracy: percent(accuracy) }],
    }
  },
})

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
