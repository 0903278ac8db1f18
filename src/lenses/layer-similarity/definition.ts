/** The lens of layer similarity: how alike do all images look at a layer, and why? */
import { model, modelWords, sample } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const layerSimilarity = defineLens({
  name: 'layer-similarity',
  title: 'Layer similarity',
  description: 'how similar all images are at each layer, by scale and within a mask',
  about:
    'All images seem similar at early layers, because their maps are averaged: every filter responds to natural images about equally often, so the means over places are close to the same expected values. The finer the blocks, the lower the cosines; and with the mean over the images subtracted first, most of the similarity is gone. Both are shown side by side, per layer and scale, as histograms over all pairs.',
  inputs: {
    model: model(modelWords),
    data: sample('a data set to draw --samples from, or images'),
  },
  options,
  metrics,
  examples: [
    { line: 'layer-similarity runs/train-1 seedlings/', does: 'All stages, five scales' },
    {
      line: 'layer-similarity runs/train-1 cars/ --mask similarity --layers stem',
      does: 'Within what makes them alike',
    },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
