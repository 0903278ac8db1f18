/** The lens of channels: what does each channel of a layer look for? */
import { data, model, modelWords, optional } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const channels = defineLens({
  name: 'channels',
  title: 'Channels',
  description: 'what every channel of a layer looks for: a dream of each, beside the images that excite it',
  about:
    'Feature visualisation of a whole layer (Olah, Mordvintsev and Schubert 2017; OpenAI Microscope). For each channel an image grows out of noise that makes the mean of the channel over all places large. With data, the images that excite the channel most stand beside its dream: the dream shows what would drive the channel, the images what does. Several channels are dreamt at once. What is finished is kept in the cache: a run that was stopped goes on where it was, and a further run of the same work takes seconds.',
  inputs: {
    model: model(modelWords),
    data: optional(data('images to look through for those that excite each channel')),
  },
  options,
  metrics,
  examples: [
    { line: 'channels runs/train-1 --layer stage2', does: 'Every channel of a stage, from noise' },
    {
      line: 'channels runs/train-1 seedlings/ --layer stage3 --channels 0-31',
      does: 'The first 32, beside the images that excite them',
    },
    {
      line: 'channels runs/train-1 --layer logits --steps 256',
      does: 'What does each class look like to the network?',
    },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
