import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { photographs } from './photographs.js'
import { secondsOf } from './timing.js'

const crops = 500

export default {
  unit: 'crops/s',
  better: 'more',
  note: 'crops of 36 pixels of one image of 1600 x 1200 by the recipe of the one-image paper; the peer composes Pillow and torchvision',
  settings: { size: 36, crops, warmUps: 1, repetitions: 3 },
  async prepare() {
    const { folder, dispose } = await photographs({ counts: [1], width: 1600, height: 1200 })
    return { settings: { image: join(folder, 'field/0000.jpg') }, dispose }
  },
  async ours(settings) {
    const [{ cropOf, pyramidOf }, { decodePicture }] = await Promise.all([
      import('../dist/data/one-image.js'),
      import('../dist/data/decode.node.js'),
    ])
    const pyramid = pyramidOf(await decodePicture(readFileSync(settings.image), settings.image))
    const work = async () => {
      for (let index = 0; index < crops; index++) cropOf(pyramid, settings.size, 0, index)
    }
    return { value: crops / (await secondsOf(work, settings)) }
  },
  peer: { script: 'one_image_crops.py', modules: ['torch', 'torchvision', 'PIL'] },
}
