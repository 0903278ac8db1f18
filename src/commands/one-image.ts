/** `one-image IMAGE`: what a network learns from crops of a single image. */
import { join } from 'node:path'
import { percent } from '../base/percent.ts'
import { meanOf } from '../base/statistics.ts'
import { oneImageOptions } from '../lenses/one-image/options.ts'
import { requireEffect } from '../options/needs.ts'
import { defineCommand } from './command.ts'

export const oneImageCommand = defineCommand({
  name: 'one-image',
  summary: 'what can be learned from a single image, layer by layer, beside all images and their labels',
  description:
    'Trains a small network on crops of one image, strongly augmented, to name quarter turns or clusters. Beside it stand the network before training, the same method on all images of DATA, and supervised training, all with the same number of steps. A linear classifier on each layer says what can be read off it.',
  arguments: [{ name: 'image', kind: 'picture', description: 'the image: large, and full of things' }],
  options: oneImageOptions,
  examples: [
    { line: 'one-image street.jpg --data photos/ --seeds 3', does: 'Rotation, three seeds' },
    { line: 'one-image street.jpg --method cluster', does: 'Clusters; probed on drawn seedlings' },
  ],
  check: (_, options, given) => requireEffect(oneImageOptions, given, options),
  async run(context, { image }, options) {
    const [{ oneImage, kinds }, { drawOneImage }, { pageOf }] = await Promise.all([
      import('../lenses/one-image/one-image.node.ts'),
      import('../lenses/one-image/page.node.ts'),
      import('../figures/page.node.ts'),
    ])
    const data = options.data ?? (await drawnData(join(await context.out(), 'seedlings'), context))
    const finding = await oneImage(context, image, data, options)
    const { layers, accuracies, pretext, full, commonest, images } = finding
    const learned = (trainings: typeof pretext) => ({
      loss: meanOf(trainings.map(({ loss }) => loss)),
      accuracy: meanOf(trainings.map(({ accuracy }) => accuracy)),
    })
    const byLayer = <T>(of: (seeds: number[]) => T) =>
      layers.map((layer, at) => ({
        layer,
        ...Object.fromEntries(kinds.map(kind => [kind, of(accuracies[kind][at])])),
      }))
    return {
      metrics: {
        pretext: learned(pretext),
        full: learned(full),
        layers: byLayer(meanOf),
        seeds: byLayer(seeds => seeds),
        commonest,
        images,
      },
      summary: byLayer(seeds => percent(meanOf(seeds))),
      draw: async () => pageOf(context, `one-image ${image}`, await drawOneImage(finding, options)),
    }
  },
})

async function drawnData(folder: string, context: { seed: number }): Promise<string> {
  const { writeSeedlings } = await import('../data/seedlings/draw.node.ts')
  await writeSeedlings(folder, { perClass: 60, size: 48, seed: context.seed })
  return folder
}
