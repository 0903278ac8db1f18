/** The lens of dreams: what does a layer see in an image, drawn into the image? */
import { model, modelWords, start } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const dream = defineLens({
  name: 'dream',
  title: 'Dream',
  description: 'what a layer sees in an image, drawn into the image',
  about:
    'Gradient ascent on an image (Mordvintsev, Olah and Tyka 2015): the image is changed, step by step, so that a layer of the network answers more strongly. What the layer is tuned to appears. The image is dreamed at several sizes (octaves), from small to large, and shifted at random before each step (jitter).',
  inputs: {
    model: model(modelWords),
    image: start('an image to start from, or the word noise'),
  },
  options,
  metrics,
  examples: [
    { line: 'dream runs/train-1 leaf.jpg', does: 'Original and the dreams of stages 2, 3 and 4' },
    { line: 'dream runs/train-1 noise --layer stage3 --channel 7', does: 'What does a channel look for?' },
    { line: 'dream runs/train-1 leaf.jpg --every-layer', does: 'One dream per layer, as a sheet' },
    { line: 'dream runs/train-1 leaf.jpg --layer stage3 --zoom-film 100', does: 'A film' },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
