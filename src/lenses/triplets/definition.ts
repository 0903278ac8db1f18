/** The lens of triplets: how an embedding sorts its images, epoch by epoch. */
import { runs } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const triplets = defineLens({
  name: 'triplets',
  title: 'Triplets',
  description: 'how an embedding sorts its images: every anchor as a dot, one frame per epoch',
  about:
    'A dot is an image: to the right, how similar the nearest image of its class is; upward, the nearest of any other class, over the whole split. Right of the diagonal the nearest neighbour is a classmate, so the share of dots there is recall at 1. The ideal is the corner (1, 0); (1, 1) is collapse. After "Visualizing How Embeddings Generalize" (Liu, Xuan, Zhang, Stylianou, Pless 2019) and "Hard negative examples are hard, but useful" (Xuan, Stylianou, Liu, Pless 2020).',
  inputs: {
    run: runs('runs of an embedding (run@7: up to epoch 7); two or more are compared'),
  },
  options,
  metrics,
  examples: [
    { line: 'triplets runs/train-1', does: 'The film of a run, train and test side by side' },
    {
      line: 'triplets runs/first runs/second --track 012/0042.jpg',
      does: 'Two methods: films, the path of one triplet, distances to (1, 0)',
    },
    { line: 'triplets runs/train-1 --field first-entangled', does: 'With the update field behind the dots' },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
