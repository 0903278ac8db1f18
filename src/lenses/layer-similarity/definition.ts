/** The lens of layer similarity: how alike do all images look at a layer, and why? */

import { model, modelWords, sample } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const layerSimilarity = defineLens({
  name: 'layer-similarity',
  title: 'Layer similarity',
  description: 'how alike all images look at each layer, by scale and within a mask',
  about:
    'Early layers seem to find all pictures alike. They do once their maps are averaged: every filter answers to natural pictures about equally often, so means over places come near the same expected values. The finer the blocks, the lower the cosines; and with the mean over the pictures taken away first, most of the likeness is gone. Both are shown beside each other, per layer and scale, as histograms over all pairs.',
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
