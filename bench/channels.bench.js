// The sheet of channels: what one step of one channel's dream costs, of sixteen that are dreamt at once. The peer does the
// same in PyTorch: Adam on a spectrum, a random pose of the image, the mean of a channel of the third stage of a ResNet18.
import { secondsOf } from './timing.js'

const settings = { size: 128, batch: 16, steps: 20, warmUps: 1, repetitions: 3 }

export default {
  unit: 's',
  better: 'less',
  note: 'one step of one channel of the third stage of a ResNet18, 128 pixels, in the spectrum, of sixteen at once',
  memory: true,
  settings,
  async ours(/** @type {typeof settings & { threads: number }} */ given) {
    const { channelSteps } = await import('./ours.js')
    return { value: (await secondsOf(await channelSteps(given), given)) / (given.batch * given.steps) }
  },
  peer: {
    script: 'channels.py',
    modules: ['torch', 'torchvision'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
}
