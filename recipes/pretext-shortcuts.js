// Do pretext tasks find shortcuts where there are some, and nothing where there is nothing? Images without content: noise,
// noise made symmetrical, and scenes of noise with and without a lens. No data needed; half an hour on two cores.
//
//   node recipes/pretext-shortcuts.js [--images N] [--size PIXELS] [--epochs N] [--seeds N] [--out DIR] [--threads N]
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
import { verdict } from './verdict.js'

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '2000' },
    size: { type: 'string', default: '48' },
    epochs: { type: 'string', default: '6' },
    seeds: { type: 'string', default: '3' },
    out: { type: 'string', default: 'runs/pretext-shortcuts' },
    threads: { type: 'string' },
  },
})
// Larger than what the network sees, as forms of `crop` are made from twice its size.
const side = 2 * Number(values.size)
const program = new URL('../bin/glasshouse.js', import.meta.url).pathname

// Most are tested on: the interval about chance is to be narrow.
const heldOut = '0.6'

const kinds = {
  noise: index => noiseImage(side, side, 1, index),
  symmetrical: index => symmetrical(noiseImage(side, side, 2, index)),
  'no-lens': index => noiseScene(side, 3, index),
  lens: index => throughLens(noiseScene(side, 3, index)),
}

const count = Number(values.images)
// Parts come in six forms and mirrors in two: a third of the scenes make as many images.
const scenes = Math.ceil(count / 3)
const asked = [
  { task: 'flip', kind: 'noise', images: count },
  { task: 'flip', kind: 'symmetrical', images: count },
  { task: 'crop', kind: 'no-lens', images: scenes },
  { task: 'crop', kind: 'lens', images: scenes },
]
console.log('task  images       accuracy  95 % interval     chance   minutes')
const found = {}
for (const { task, kind, images } of asked) {
  const start = performance.now()
  const metrics = await pretext(task, kind, images)
  found[kind] = metrics
  const share = value => `${(100 * value).toFixed(1)} %`
  const minutes = ((performance.now() - start) / 60000).toFixed(1)
  const cells = [
    task.padEnd(5),
    kind.padEnd(12),
    share(metrics.accuracy).padEnd(9),
    `${share(metrics.interval[0])} to ${share(metrics.interval[1])}`.padEnd(17),
    share(metrics.chance).padEnd(8),
    minutes,
  ]
  console.log(cells.join(' '))
}
const within = ({ accuracy, chance }, most) => Math.abs(accuracy - chance) <= most
verdict(within(found.noise, 0.02), 'flip is at chance on noise, to two points')
verdict(within(found.symmetrical, 0.02), 'flip is at chance on symmetrical images, to two points')
verdict(within(found['no-lens'], 0.03), 'crop is at chance on scenes without a lens, to three points')
verdict(found.lens.accuracy > 0.5, 'crop finds the lens in more than half of the scenes, three times chance')

async function pretext(task, kind, images) {
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
  const words = ['pretext', task, folder, '--out', run, '--hold-out', heldOut, '--quiet']
  for (const option of ['size', 'epochs', 'seeds', 'threads'])
    if (values[option]) words.push(`--${option}`, values[option])
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
