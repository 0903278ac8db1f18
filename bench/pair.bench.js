// What pair PCA and a sheet of similarity maps cost once the maps are there: two stacks of 1,024 channels on 7 x 7
// places, as GoogLeNet's last; the components, and maps of one picture against twenty.
import { random } from '../dist/random.js'
import { secondsOf } from './timing.js'

const [channels, side, results] = [1024, 7, 20]

export default {
  unit: 's',
  better: 'less',
  note: 'pair PCA of two pictures and similarity maps of 20 pairs from feature maps (1,024, 7, 7); no peer; target under 1 s',
  settings: { warmUps: 1, repetitions: 3 },
  async ours(settings) {
    const [{ principalComponents }, { similarityMaps }] = await Promise.all([
      import('../dist/lenses/pair-pca/compute.js'),
      import('../dist/lenses/similarity/compute.js'),
    ])
    const { normal } = random('pair benchmark')
    const maps = Array.from({ length: results + 1 }, () =>
      Float32Array.from({ length: channels * side * side }, () => Math.max(0, normal())),
    )
    const shape = { channels, height: side, width: side }
    const value = await secondsOf(async () => {
      principalComponents({ maps: maps.slice(0, 2), ...shape }, 100)
      for (const map of maps.slice(1)) similarityMaps(maps[0], map, channels, 'average')
    }, settings)
    return { value }
  },
  peer: {},
}
