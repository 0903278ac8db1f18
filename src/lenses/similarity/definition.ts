/** The lens of similarity: which places make a network find two images similar? */
import { model, modelWords, picture } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const similarity = defineLens({
  name: 'similarity',
  title: 'Similarity maps',
  description: 'which places make a network find two images similar',
  about:
    'The cosine of two pooled vectors is a sum over the places of either image, so it can be drawn over the image exactly, without a gradient (Stylianou, Souvenir, Pless, WACV 2019). Behind a ReLU all features are positive, and so are all places: cold then means less than others, not against. The filters that carry most are the channels with the largest products.',
  inputs: {
    model: model(modelWords),
    a: picture('an image'),
    b: picture('another'),
  },
  options,
  metrics,
  examples: [{ line: 'similarity runs/train-1 a.jpg b.jpg', does: 'What makes these two alike?' }],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
