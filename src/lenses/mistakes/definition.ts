/** The lens of mistakes: what does a classifier get wrong, and why? */
import { data, model, modelWords } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const mistakes = defineLens({
  name: 'mistakes',
  title: 'Mistakes',
  description: 'every error of a classifier: what it saw, what it looked at, and the nearest training images',
  about:
    'Every image that the classifier takes for another class, grouped by the pair of classes. Beside the image stand the activation maps of the predicted and of the true class on one scale, and below them the nearest training images by the pooled features. A label is suspected to be wrong where the network is as certain of its answer as it is on average of images that carry that label (confident learning, Northcutt et al. 2021) and most of the nearest training images agree with it. Near-duplicates are found among the training images by the correlation of small grey copies: they make a test too easy, and one under another label shows that one of the two labels is wrong. The list is also written as mistakes.csv.',
  inputs: {
    model: model(modelWords),
    data: data('images with labels; those of the split are classified, its training images are searched'),
  },
  options,
  metrics,
  examples: [
    { line: 'mistakes runs/train-1 seedlings/', does: 'Every error on the test images' },
    {
      line: 'mistakes runs/train-1 seedlings/ --pair Maize,Charlock',
      does: 'Only maize that was taken for charlock',
    },
    {
      line: 'mistakes runs/train-1 seedlings/ --split train --nearest 9',
      does: 'Look for wrong labels among the training images',
    },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
