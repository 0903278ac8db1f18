/** The lens of residual units: is the output a mixture of what goes around the unit and what goes through it? */
import { model, modelWords, sample } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const anatomy = defineLens({
  name: 'anatomy',
  title: 'Anatomy of residual units',
  description: 'what a residual unit adds: dreams on its input, branch, shortcut and sum, and how they mix',
  about:
    'A residual unit adds what its convolutions make of its input, the branch, to the input itself, the shortcut. The page shows dreams on the four parts side by side, the ratio of the norms of branch and shortcut, and their cosine, averaged over images. The gradient of half the squared norm of the sum is that of branch and shortcut, weighted by both: with a small ratio the dream on the sum should look like that on the input, with a large one like that on the branch; the distances between the dreams show whether it does.',
  inputs: {
    model: model(modelWords),
    image: sample('an image to dream on, and more to average over, or a data set to draw --samples from'),
  },
  options,
  metrics,
  examples: [
    { line: 'anatomy runs/train-1 leaf.jpg --unit stage2.unit2', does: 'One unit' },
    { line: 'anatomy runs/train-1 seedlings/', does: 'Two units, and the mixing of all over 32 images' },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
