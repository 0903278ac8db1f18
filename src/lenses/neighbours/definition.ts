/** The lens of neighbours: what does a network find for an image, and by which places? */
import { dataOrShelf, model, modelWords, optional, picture } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const neighbours = defineLens({
  name: 'neighbours',
  title: 'Neighbours',
  description: 'what a network finds nearest to an image, and which places make it so',
  about:
    'The query is at the left, followed by the nearest images of the data in order. Above each result is the map of the query for this pair, below it that of the result; the values of each sum to the cosine. With a second network, both explain both orders, which shows whether they agree on what matters. --region searches by a part of the query.',
  inputs: {
    model: model(modelWords),
    data: dataOrShelf(
      'where to search: the test images of a data set, all if it has none; or vectors that embed --shard wrote',
    ),
    image: picture('the query'),
    other: optional(model('a second network to compare with')),
  },
  options,
  metrics,
  examples: [
    { line: 'neighbours runs/train-1 cars/ query.jpg', does: 'The twenty nearest, explained' },
    { line: 'neighbours runs/train-1 cars/ query.jpg runs/train-2', does: 'Two networks, block by block' },
    {
      line: 'neighbours runs/train-1 cars/ query.jpg --region 0,0.5,0.5,0.5',
      does: 'Search by the lower left quarter',
    },
    {
      line: 'neighbours runs/train-1 vectors/ query.jpg --search approximate',
      does: 'Among millions, whose vectors are there already',
    },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
