/** `probe MODEL DATA`: what a linear classifier reads off each layer. */
import { z } from 'zod'
import { percent } from '../base/percent.ts'
import { note } from '../base/work.ts'
import { defineCommand } from './command.ts'

export const probe = defineCommand({
  name: 'probe',
  summary: 'what a linear classifier reads off each layer of a network, beside nearest neighbours',
  description:
    'Every layer is pooled to about the same number of features, which are computed once and kept in the cache. A linear classifier is trained on them, with a learning rate chosen by a fifth of its training images. Beside it stand the vote of the nearest training images, and the same classifier trained on shuffled labels. Data without splits is divided; images that the network’s run held out stay held out.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    { name: 'data', kind: 'data', description: 'a folder of images by class, or a list' },
  ],
  options: z.object({
    layers: z
      .array(z.string().meta({ kind: 'layer' }))
      .optional()
      .describe(
        'which layers; the stem, the stages and the pooled features, or some through the network, unless given',
      )
      .meta({ value: 'LAYER' }),
    features: z
      .number()
      .int()
      .min(1)
      .max(100000)
      .default(1024)
      .describe('about how many numbers each layer is pooled to; the papers take 9600'),
    pool: z.enum(['max', 'average']).default('max').describe('how blocks of maps are pooled'),
    epochs: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe('of each probe; with few images more, until 600 steps are done'),
    rates: z
      .array(z.number().positive().max(100))
      .min(1)
      .default([0.001, 0.01, 0.1])
      .describe('learning rates to choose from'),
    neighbours: z.number().int().min(1).max(1000).default(10).describe('nearest training images that vote'),
    holdOut: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.2)
      .describe('share of each class that is tested on, where the data names no test images'),
    batch: z.number().int().min(1).max(4096).default(32).describe('images at once through the network'),
    strict: z.boolean().default(false).describe('an unreadable image is an error'),
  }),
  examples: [
    { line: 'probe runs/train-1 cars/', does: 'Where in the network are the classes first told apart?' },
    {
      line: 'probe resnet18:resnet18-imagenet photos/ --layers stage1,stage4',
      does: 'Two layers of a published network',
    },
  ],
  async run(context, { model: source, data }, { holdOut, strict, layers: named, ...settings }) {
    const [{ openModelOf }, { openDataFor }, { divideForProbe }, found, { drawProbe }, { pageOf }] =
      await Promise.all([
        import('../lenses/inputs.node.ts'),
        import('../runs/model-data.node.ts'),
        import('../lenses/probe/division.ts'),
        import('../lenses/probe/probe.node.ts'),
        import('../lenses/probe/page.ts'),
        import('../figures/page.node.ts'),
      ])
    const model = await openModelOf(source, context)
    const layers = named ?? found.layersToProbe(model.network)
    // Before the images are read: whether there are such layers.
    found.requireLayers(model.network, layers)
    const dataset = await openDataFor(model, data, context, { strict })
    const division = divideForProbe(dataset, holdOut, context.seed)
    for (const text of division.notes) note(context, text)
    const probed = await found.probeLayers(context, model.network, dataset, division, { ...settings, layers })
    const images = { train: division.train.length, test: division.test.length }
    const commonest = found.commonestShare(dataset, division)
    const classes = division.classes.length
    return {
      metrics: { layers: probed, images, classes, commonest },
      summary: probed.map(({ layer, features, accuracy, knn, shuffled }) => ({
        layer,
        features,
        linear: percent(accuracy),
        nearest: percent(knn),
        shuffled: percent(shuffled),
      })),
      async draw() {
        const { serverDocument } = await import('../figures/canvas.node.ts')
        const { neighbours } = settings
        const { notes } = division
        const finding = { layers: probed, images, classes, commonest, neighbours, notes }
        return pageOf(context, `probe ${source} ${data}`, drawProbe(finding, serverDocument()))
      },
    }
  },
})
