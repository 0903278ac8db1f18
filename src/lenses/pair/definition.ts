/** The page that answers: why does this network find these two similar? One network, or several side by side. */
import { models, pictures } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const pair = defineLens({
  name: 'pair',
  title: 'Why are these two similar?',
  description: 'why a network finds two images similar: maps, filters and common components on one page',
  about:
    'One page with both images, their cosine, the share of each place in it, the filters that contribute most, and the places that the network treats as the same, in false colours. With several networks, each has its own section.',
  inputs: {
    models: models('one network or more: runs, .onnx files, NET:WEIGHTS', { word: 'model' }),
    images: pictures('the two images', { exactly: 2, word: 'image' }),
  },
  options,
  metrics,
  examples: [
    { line: 'pair runs/train-1 a.jpg b.jpg', does: 'One network' },
    { line: 'pair runs/train-1 runs/train-2 a.jpg b.jpg', does: 'Two networks on the same images' },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
