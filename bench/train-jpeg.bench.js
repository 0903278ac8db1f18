import { photographs } from './photographs.js'
import { secondsOf } from './timing.js'

const perClass = 96
const epochs = 4

export default {
  unit: 'images/s',
  better: 'more',
  note: `${epochs} epochs of ResNet18 from JPEG files of 500 x 375, 128 pixels, batch 32, random crops and mirrors; ours with its caches empty, its checkpoints and its page`,
  memory: true,
  settings: { size: 128, resize: 146, batch: 32, epochs, decoders: 2, warmUps: 0, repetitions: 1 },
  async prepare() {
    const classes = ['train/field', 'train/meadow', 'test/field', 'test/meadow']
    const counts = [perClass, perClass, 2, 2]
    const { folder, dispose } = await photographs({ classes, counts, width: 500, height: 375 })
    return { settings: { folder }, dispose }
  },
  async ours(settings) {
    const { trainFiles } = await import('./ours.js')
    return { value: (2 * perClass * epochs) / (await secondsOf(await trainFiles(settings), settings)) }
  },
  peer: {
    script: 'train_jpeg.py',
    modules: ['torch', 'torchvision', 'PIL'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
}
