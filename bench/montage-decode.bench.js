import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secondsOf } from './timing.js'

const seconds = 20
const grid = { rows: 2, columns: 3 }

export default {
  unit: 'x real time',
  better: 'more',
  note: 'decoding a drawn montage of 2 x 3 tiles of 240 pixels, 25 frames a second, for its shifts',
  settings: { warmUps: 1, repetitions: 3 },
  async prepare() {
    const { writeDrawnMontage } = await import('../dist/data/video/drawn/montage.node.js')
    const folder = await mkdtemp(join(tmpdir(), 'glasshouse-bench-'))
    const path = join(folder, 'people.mp4')
    const lags = [0, 0.2, -0.2, 0.4, 0, 0]
    const drawing = { side: 240, rate: 25, shared: true, own: 0.2, noise: 2, seed: 0 }
    await writeDrawnMontage(path, { ...grid, seconds, lags, ...drawing })
    return { settings: { path }, dispose: () => rm(folder, { recursive: true, force: true }) }
  },
  async ours(settings) {
    const [{ describeVideo }, { motionOf }, { createWork }] = await Promise.all([
      import('../dist/data/video/ffmpeg.node.js'),
      import('../dist/data/video/motion.node.js'),
      import('../dist/base/work.js'),
    ])
    const video = await describeVideo(settings.path)
    return { value: seconds / (await secondsOf(() => motionOf(video, grid, createWork()), settings)) }
  },
  peer: {},
}
