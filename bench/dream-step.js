// What the benchmarks of a dream step share: one image, half the squared norm of the third stage's output of a
// ResNet18, the gradient for the image, and a step of 1.5 times the gradient over its mean absolute value.
import { secondsOf } from './timing.js'

export const dreamStep = ({ size }) => ({
  unit: 's',
  better: 'less',
  note: `one gradient step of a dream on the third stage of a ResNet18, ${size} pixels`,
  memory: true,
  settings: { size, stage: 3, stepSize: 1.5, warmUps: 3, repetitions: 10 },
  async ours(settings) {
    const { dreamStep: start } = await import('./ours.js')
    return { value: await secondsOf(await start(settings), settings) }
  },
  peer: {
    script: 'dream.py',
    modules: ['torch', 'torchvision'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
})
