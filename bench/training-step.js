// What the benchmarks of a training step share: a network with 1,000 classes, batch normalisation in training mode,
// cross-entropy, SGD with momentum; one repetition is one step on a batch that is already in memory.
import { secondsOf } from './timing.js'

/**
 * `net` as glasshouse names it; peers/networks.py has the same for PyTorch. On any device other than the CPU PyTorch's
 * side runs on CUDA.
 * @param {{ net?: string, size: number, batch: number, device?: import('../dist/runtime/engine.js').Device }} asked
 */
export const trainingStep = ({ net = 'resnet18', size, batch, device = 'cpu' }) => ({
  unit: 's',
  better: 'less',
  note: `one training step of ${net}, ${size} pixels, batch ${batch}`,
  memory: device === 'cpu',
  settings: { net, size, batch, device, warmUps: 2, repetitions: 5 },
  /** Why it cannot be measured here; undefined where it can. */
  async missing() {
    if (device === 'cpu') return undefined
    const { createEngine } = await import('../dist/runtime/engine.node.js')
    return createEngine({ device }).then(
      () => undefined,
      error => error.what,
    )
  },
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
