/** The lens of pair PCA: which places of two pictures does the network take for the same? */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import { defineLens } from '../lens.ts'
import { atSize, featureMaps, viewsOf } from '../maps/feature-maps.ts'
import { type PrincipalComponents, principalComponents } from './compute.ts'
import { drawPairPca } from './draw.ts'

const options = z.object({
  layer: z.string().optional().describe('whose maps to decompose; the last ones unless given'),
  components: z.number().int().min(3).max(400).default(100).describe('how many components to show'),
  skip: z
    .number()
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe('components to leave out of the false colours: the first often tells plant from ground only'),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe('squeeze every picture into a square of this side, in place of the network’s own preparation'),
})

export interface PairPcaResult {
  components: PrincipalComponents
  /** what the network saw */
  views: Picture[]
  paths: string[]
  layer: string
  skip: number
}

export const pairPca = defineLens({
  name: 'pair-pca',
  title: 'Pair PCA',
  description: 'which places of two or more pictures the network takes for the same',
  about:
    'The maps of a layer, for all pictures together, are a cloud of places with one coordinate per channel. Its principal components are filters made for these pictures: each is drawn over all of them at once, on one scale. Three of them as red, green and blue paint places that the network takes for the same in the same colour. What a component adds to the cosine of the first two pictures is written under it; the common mean, which no component holds, usually adds most.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    { name: 'images', kind: 'images', description: 'two pictures, or more' },
  ],
  options,
  examples: [{ line: 'pair-pca runs/train-1 a.jpg b.jpg', does: 'What corresponds in two pictures' }],
  async run({ engine, signal }, { model, images }, { layer, components, skip, size }) {
    const network = atSize(model.network, size)
    const plain = size !== undefined
    const maps = await featureMaps(engine, network, images, { layer, plain, signal })
    return {
      components: principalComponents(maps, components),
      views: viewsOf(network, images, plain),
      paths: images.map(({ path }) => path),
      layer: layer ?? 'the last feature maps',
      skip,
    } satisfies PairPcaResult
  },
  draw: drawPairPca,
  metrics: ({ components: { explained, contributions, meanContribution, cosine, locations, channels } }) => ({
    explained,
    contributions,
    meanContribution,
    cosine,
    locations,
    channels,
  }),
})
