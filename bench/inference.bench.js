import { secondsOf } from './timing.js'

export default {
  unit: 'images/s',
  better: 'more',
  note: 'logits of a ResNet18, 224 pixels, batch 16',
  memory: true,
  settings: { size: 224, batch: 16, warmUps: 3, repetitions: 10 },
  async ours(settings) {
    const { inference } = await import('./ours.js')
    return { value: settings.batch / (await secondsOf(await inference(settings), settings)) }
  },
  peer: {
    script: 'inference.py',
    modules: ['torch', 'torchvision'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
}
