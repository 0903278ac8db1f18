/** The lens of pair PCA: which places of two images does the network take for the same? */
import { model, modelWords, pictures } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const pairPca = defineLens({
  name: 'pair-pca',
  title: 'Pair PCA',
  description: 'which places of two or more images a network treats as the same',
  about:
    'The maps of a layer, for all pictures together, are a cloud of places with one coordinate per channel. Its principal components are filters made for these pictures: each is drawn over all of them at once, on one scale. Three of them as red, green and blue paint places that the network takes for the same in the same colour. What a component adds to the cosine of the first two pictures is written under it; the common mean, which no component holds, usually adds most.',
  inputs: {
    model: model(modelWords),
    images: pictures('two images, or more', { atLeast: 2 }),
  },
  options,
  metrics,
  examples: [{ line: 'pair-pca runs/train-1 a.jpg b.jpg', does: 'What corresponds in two images' }],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
