/**
 * The main job on built-in data: draws seedlings, trains an embedding and a classifier on them, looks into the
 * classifier, and puts everything on one page.
 */
import { join } from 'node:path'
import { percent } from '../base/percent.ts'
import { note } from '../base/work.ts'
import { writeSeedlings } from '../data/seedlings/draw.node.ts'
import { footerOf, writeDrawings } from '../figures/page.node.ts'
import { renderReport } from '../figures/report.ts'
import { beginRun } from '../runs/carry-out.node.ts'
import { trainOptions } from '../runs/train-options.ts'
import type { OutputContext } from '../runtime/context.ts'
import { cam } from './cam/definition.ts'
import { runLens } from './run.node.ts'

export interface DemoOptions {
  /** passes over the training images, for each network */
  epochs: number
  /** images of each species */
  perClass: number
}

export interface Demo {
  /** share of test images with a classmate among the K nearest, by K */
  recall: Record<string, number>
  /** share of test images that the classifier names right */
  accuracy: number
  /** the page */
  report: string
}

/** What both networks share: the little net, at a size that two cores train in a minute. */
const common = { net: 'small', size: 64, schedule: 'one-cycle', lr: 0.1 } as const

/** Leaves the seedlings, the two run folders and the maps in the context's folder. */
export async function runDemo(context: OutputContext, { epochs, perClass }: DemoOptions): Promise<Demo> {
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
  const [looked, ...checks] = maps.report.sections
  const report = renderReport({
    title: 'Glasshouse: grow image embeddings, see inside them',
    summary: `An embedding and a classifier, trained just now on ${12 * perClass} drawn seedlings of twelve species, and where the classifier looks.`,
    figures: [
      {
        label: 'recall at 1 of the embedding: the nearest other test image is of the same class',
        value: percent(recall['1']),
      },
      { label: 'accuracy of the classifier', value: percent(accuracy) },
    ],
    sections: [
      ...named('Embedding', embedding.report.sections),
      ...named('Classifier', classifier.report.sections),
      { ...looked, title: maps.report.title ?? looked.title },
      ...checks,
      {
        title: 'Where to go on',
        parts: [
          {
            kind: 'text',
            text: `Beside this page are the images (seedlings) and the two run folders (embedding, classifier), each with a page of its own. Every other command takes them, such as: glasshouse mistakes ${join(out, 'classifier')} ${data}`,
          },
        ],
      },
    ],
    footer: footerOf('demo', context.seed),
  })
  return { recall, accuracy, report }
}
