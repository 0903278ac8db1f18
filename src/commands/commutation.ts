/** `commutation [DATA]`: before any training, which processing can betray a mirrored image at which width. */
import { z } from 'zod'
import { random } from '../base/random.ts'
import { processes, subsamplings, usualJpeg } from '../data/pretext/processes.ts'
import type { OutputContext } from '../runtime/context.ts'
import { defineCommand } from './command.ts'

const options = z.object({
  widths: z
    .array(z.number().int().min(16).max(4096))
    .min(1)
    .default(Array.from({ length: 33 }, (_, index) => 96 + index))
    .describe('widths of the images, in pixels'),
  process: z
    .array(z.enum(processes))
    .min(1)
    .default([...processes])
    .describe('what is done to the images; both: demosaiced, then stored as JPEG, as in a camera'),
  quality: z.number().int().min(1).max(100).default(usualJpeg.quality).describe('of JPEG'),
  subsampling: z
    .enum(subsamplings)
    .default(usualJpeg.subsampling)
    .describe('of colour in JPEG; with 4:4:4 its blocks are 8 pixels wide instead of 16'),
  samples: z.number().int().min(1).max(1000).default(2).describe('images that are averaged over'),
  strict: z.boolean().default(false).describe('an unreadable image is an error'),
})

type Options = z.output<typeof options>

export const commutationCommand = defineCommand({
  name: 'commutation',
  summary: 'can JPEG or demosaicing reveal a mirrored image of this width? before any training',
  description:
    'T mirrors an image, J is a processing. Where T(J(x)) = J(T(x)) at a width, the processing cannot reveal that an image of this width was mirrored; where they differ, a network can learn to recognise mirrored images without seeing what they show. Noise images, which have no content, unless DATA is given.',
  arguments: [{ name: 'data', kind: 'data', description: 'images to measure on', optional: true }],
  options,
  examples: [
    { line: 'commutation', does: 'Which widths from 96 to 128 are safe' },
    { line: 'commutation cars/ --widths 224,256 --process jpeg --quality 90', does: 'A processing of mine' },
  ],
  async run(context, { data }, options) {
    const [{ commutation }, { drawCommutation, verdictsOn }, { pageOf }, { serverDocument }] =
      await Promise.all([
        import('../data/pretext/commutation.node.ts'),
        import('../lenses/pretext/commutation-page.ts'),
        import('../figures/page.node.ts'),
        import('../figures/canvas.node.ts'),
      ])
    const { source, count, images } =
      data === undefined ? await noiseSource(context, options) : await dataSource(context, data, options)
    const { widths, process, quality, subsampling } = options
    const residuals = await commutation(source, {
      processes: [...new Set(process)],
      widths: [...new Set(widths)].sort((a, b) => a - b),
      count,
      jpeg: { quality, subsampling },
      work: context,
    })
    return {
      metrics: { residuals, images: count },
      summary: verdictsOn(residuals),
      draw: () =>
        pageOf(
          context,
          `commutation${data ? ` ${data}` : ''}`,
          drawCommutation(residuals, images, serverDocument()),
        ),
    }
  },
})

async function noiseSource({ seed }: OutputContext, { samples }: Options) {
  const { noiseImage } = await import('../data/pretext/noise.ts')
  return {
    source: (index: number, width: number, height: number) => noiseImage(width, height, seed, index),
    count: samples,
    images: `${samples} noise images`,
  }
}

/** Some images of a data set, drawn by the seed. */
async function dataSource(context: OutputContext, data: string, { samples, strict }: Options) {
  const [{ openData }, { fileOf }, { readPicture }, { fromPictures }] = await Promise.all([
    import('../data/open-data.node.ts'),
    import('../data/dataset.node.ts'),
    import('../data/decode.node.ts'),
    import('../data/pretext/commutation.node.ts'),
  ])
  const dataset = await openData(data, context, { strict, minimumClasses: 1 })
  const chosen = random(context.seed, 'samples')
    .shuffle([...dataset.items])
    .slice(0, samples)
  const pictures = await Promise.all(chosen.map(item => readPicture(fileOf(dataset, item))))
  const count = pictures.length
  return { source: fromPictures(pictures), count, images: `${count} images of ${data}` }
}
