// Do pretext tasks find shortcuts where there are some, and nothing where there is nothing? Images without content: noise,
// noise made symmetrical, and scenes of noise with and without a lens. No data needed.
//
//   node recipes/pretext-shortcuts.js [--only noise,symmetrical,no-lens,lens] [--images N] [--fresh N] [--scenes N] [--size PIXELS]
//     [--epochs N] [--seeds N] [--out DIR] [--threads N]
//
// The findings: `flip` is at chance on noise and on symmetrical images, `crop` finds the lens and nothing without it, and
// random crops hide demosaicing or JPEG from `flip`, but not both together. Whatever is finished in DIR is not done again.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { noiseScene, throughLens } from '../dist/data/pretext/lens.js'
import { noiseImage } from '../dist/data/pretext/noise.js'
import { mirrored } from '../dist/data/pretext/windows.js'
import { encodePng } from '../dist/figures/files.node.js'
import { flipOfFreshNoise } from './fresh-noise.js'
import { verdict } from './verdict.js'

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1100' },
    // Noise of each seed that is made for the test alone: the interval about chance is to be narrow.
    fresh: { type: 'string', default: '4000' },
    scenes: { type: 'string', default: '400' },
    size: { type: 'string', default: '48' },
    epochs: { type: 'string' },
    seeds: { type: 'string' },
    out: { type: 'string', default: 'runs/pretext-shortcuts' },
    threads: { type: 'string' },
    only: { type: 'string', default: 'noise,symmetrical,no-lens,lens' },
  },
})
// Larger than what the network sees: parts are made from four times its size, and mirrors are cropped at random.
const size = Number(values.size)
const [side, sceneSide] = [2 * size, 4 * size]
const program = new URL('../bin/glasshouse.js', import.meta.url).pathname

const kinds = {
  noise: index => noiseImage(side, side, 1, index),
  symmetrical: index => symmetrical(noiseImage(side, side, 2, index)),
  'no-lens': index => noiseScene(sceneSide, 3, index),
  lens: index => throughLens(noiseScene(sceneSide, 3, index)),
}

const count = Number(values.images)
const scenes = Number(values.scenes)
const asked = [
  { task: 'flip', kind: 'noise', images: count, heldOut: 0.4, epochs: 6, seeds: 5 },
  // A symmetrical image is its own mirror: of its two forms one is right and one wrong, whatever the network.
  { task: 'flip', kind: 'symmetrical', images: Math.ceil(count / 5), heldOut: 0.5, epochs: 3, seeds: 1 },
  { task: 'crop', kind: 'no-lens', images: scenes, heldOut: 0.6, epochs: 6, seeds: 3 },
  { task: 'crop', kind: 'lens', images: scenes, heldOut: 0.6, epochs: 6, seeds: 3 },
]
const only = values.only.split(',')
for (const kind of only)
  if (!asked.some(setting => setting.kind === kind))
    throw new Error(`--only takes ${asked.map(setting => setting.kind).join(', ')}, not ${kind}`)
const share = value => `${(100 * value).toFixed(1)} %`
const timesOf = ({ epochs, seeds }) => ({
  epochs: Number(values.epochs ?? epochs),
  seeds: Number(values.seeds ?? seeds),
})

console.log('task  images       accuracy  95 % interval     chance   minutes')
const found = {}
for (const setting of asked.filter(({ kind }) => only.includes(kind))) {
  const start = performance.now()
  found[setting.kind] = await pretext(setting)
  print(setting, found[setting.kind], start)
  if (setting.kind === 'noise') {
    const fresh = { side, from: count, images: Number(values.fresh) }
    const folder = join(values.out, 'flip-noise')
    const result = await flipOfFreshNoise(folder, { ...timesOf(setting), ...fresh })
    found.fresh = { ...result, chance: found.noise.chance }
    print({ task: 'flip', kind: 'fresh noise' }, found.fresh, start)
  }
}

function print({ task, kind }, { accuracy, interval: [low, high], chance }, start) {
  const minutes = ((performance.now() - start) / 60000).toFixed(1)
  const range = `${share(low)} to ${share(high)}`.padEnd(17)
  console.log(
    [
      task.padEnd(5),
      kind.padEnd(12),
      share(accuracy).padEnd(9),
      range,
      share(chance).padEnd(8),
      minutes,
    ].join(' '),
  )
}

const within = ({ accuracy, chance }, most) => Math.abs(accuracy - chance) <= most
const { fresh, symmetrical: own, 'no-lens': without, lens } = found
if (fresh) {
  const [low, high] = fresh.interval
  verdict(low > 0.48 && high < 0.52, 'flip is at chance on noise, with its whole interval to two points')
}
if (own) verdict(within(own, 0.02), 'flip is at chance on symmetrical images, to two points')
if (without) verdict(within(without, 0.03), 'crop is at chance on scenes without a lens, to three points')
if (lens)
  verdict(lens.accuracy > 0.5, 'crop finds the lens in more than half of the scenes, three times chance')

async function pretext({ task, kind, images, heldOut, epochs, seeds }) {
  const folder = join(values.out, 'images', kind)
  if (!existsSync(join(folder, 'done'))) {
    mkdirSync(join(folder, 'scenes'), { recursive: true })
    for (let index = 0; index < images; index++)
      writeFileSync(
        join(folder, 'scenes', `${String(index).padStart(5, '0')}.png`),
        await encodePng(kinds[kind](index)),
      )
    writeFileSync(join(folder, 'done'), '')
  }
  const run = join(values.out, `${task}-${kind}`)
  // Three cells across are enough where nothing is to be painted, and take a third of the time.
  const plain = ['--output-stride', 'native', '--quiet']
  const words = ['pretext', task, folder, '--out', run, '--hold-out', String(heldOut), ...plain]
  const given = { size: values.size, ...timesOf({ epochs, seeds }), threads: values.threads }
  for (const [option, value] of Object.entries(given)) if (value) words.push(`--${option}`, String(value))
  const { status } = spawnSync(process.execPath, [program, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) process.exit(status ?? 1)
  return JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')).metrics
}

/** Half of the image and half of its mirror. */
function symmetrical(picture) {
  const other = mirrored(picture)
  return { ...picture, data: picture.data.map((value, at) => (value + other.data[at]) >> 1) }
}
