import { photographs } from './photographs.js'
import { secondsOf } from './timing.js'

const images = 96

export default {
  unit: 'images/s',
  better: 'more',
  note: 'from JPEG files of 500 x 375 to pooled features: short side to 256, centre crop 224, ResNet18, batch 16',
  memory: true,
  settings: { size: 224, resize: 256, batch: 16, decoders: 2, warmUps: 1, repetitions: 3 },
  async prepare() {
    const { folder, dispose } = await photographs({ counts: [images], width: 500, height: 375 })
    return { settings: { folder }, dispose }
  },
  async ours(settings) {
    const { embed } = await import('./ours.js')
    return { value: images / (await secondsOf(await embed(settings), settings)) }
  },
  peer: {
    script: 'embed_jpeg.py',
    modules: ['torch', 'torchvision', 'PIL'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
}
