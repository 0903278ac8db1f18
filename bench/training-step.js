// What the benchmarks of a training step share: a network with 1,000 classes, batch normalisation in training mode,
// cross-entropy, SGD with momentum; one repetition is one step on a batch that is already in memory.
import { secondsOf } from './timing.js'

/** @param asked `net` as glasshouse names it; peers/networks.py has the same for PyTorch */
export const trainingStep = ({ net = 'resnet18', size, batch }) => ({
  unit: 's',
  better: 'less',
  note: `one training step of ${net}, ${size} pixels, batch ${batch}`,
  memory: true,
  settings: { net, size, batch, warmUps: 2, repetitions: 5 },
  async ours(settings) {
    const { trainStep } = await import('./ours.js')
    return { value: await secondsOf(await trainStep(settings), settings) }
  },
  peer: {
    script: 'step.py',
    modules: ['torch', 'torchvision'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
})
