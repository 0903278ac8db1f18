/** The lens of yoked t-SNE: how do several embeddings of the same images differ? */
import { vectors } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const tsne = defineLens({
  name: 'tsne',
  title: 'Yoked t-SNE',
  description: 'embeddings of the same images as maps that can be compared, point by point',
  about:
    'Each embedding is laid out by t-SNE (van der Maaten and Hinton 2008), and every image is tied to itself in the other maps: cost = sum of KL(P||Q) + lambda * sum of squared distances ("Visualizing How Embeddings Generalize", Liu, Xuan, Zhang, Stylianou, Pless 2019). What is left of a difference between the maps is a difference between the embeddings. A run in place of vectors is all of its epochs, each tied to the one before.',
  inputs: {
    vectors: vectors(
      '.arrow or .npy files, RUN@EPOCH:SPLIT, or RUN for all its epochs (RUN:train for the other split)',
    ),
  },
  options,
  metrics,
  examples: [
    {
      line: 'tsne runs/a@16:test runs/b@16:test',
      does: 'Two embeddings of the same images, as a yoked pair',
    },
    { line: 'tsne vectors.npy --labels labels.npy', does: 'One map of vectors from elsewhere' },
    { line: 'tsne a.arrow b.arrow --sweep 1e-8,1e-7,1e-6,1e-5', does: 'How strong should the tie be?' },
    { line: 'tsne runs/a', does: 'The epochs of a run, each tied to the one before: a film' },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
