// What the benchmarks of inference share: images in memory, logits of 1,000 classes.
import { secondsOf } from './timing.js'

/** @param asked `net` as glasshouse names it; peers/networks.py has the same for PyTorch */
export const inferenceRate = ({ net, size = 224, batch = 16 }) => ({
  unit: 'images/s',
  better: 'more',
  note: `logits of ${net}, ${size} pixels, batch ${batch}`,
  memory: true,
  settings: { net, size, batch, warmUps: 3, repetitions: 10 },
  async ours(settings) {
    const { inference } = await import('./ours.js')
    return { value: settings.batch / (await secondsOf(await inference(settings), settings)) }
  },
  peer: {
    script: 'inference.py',
    modules: ['torch', 'torchvision'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
})
