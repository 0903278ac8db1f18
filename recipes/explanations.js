// Which explanation of a classifier to believe: all methods of `cam` on one network and the same images, ranked.
//
//   node recipes/explanations.js --model MODEL --data DATA [--samples 12] [--methods cam,rise] [--no-sanity]
//     [--out DIR] [--threads N]
//
// Prints a Markdown table: areas under the curves of deletion and insertion beside those of random maps, hottest places
// on the plant (where the data shows plants), what is left of a map with no learned kernel, and processor time for a map.
// Whatever is finished in DIR is not done again.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { timesOf } from './explanation-times.js'

const { values } = parseArgs({
  allowNegative: true,
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    samples: { type: 'string', default: '12' },
    passes: { type: 'string', default: '300' },
    methods: { type: 'string' },
    plant: { type: 'boolean', default: false },
    sanity: { type: 'boolean', default: true },
    out: { type: 'string', default: 'runs/explanations' },
    threads: { type: 'string', default: '1' },
  },
})
if (!values.model || !values.data)
  throw new Error('name the network and the images: --model MODEL --data DATA')

const methods = values.methods?.split(',') ?? [
  'cam',
  'grad-cam',
  'grad-cam++',
  'layer-cam',
  'score-cam',
  'integrated-gradients',
  'smooth-grad',
  'occlusion',
  'rise',
]
const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const passesOf = method => (method === 'rise' ? ['--passes', values.passes] : [])

/** Randomised networks take as long as all maps of eight images five times over: left out where that is many runs. */
const isQuick = method => !['score-cam', 'occlusion', 'rise'].includes(method)

function measured(method) {
  const folder = join(values.out, method)
  const result = join(folder, 'result.json')
  if (!existsSync(result)) {
    const words = ['cam', values.model, values.data, '--method', method, ...passesOf(method)]
    const checks = ['--curves', '--no-turns', ...(values.sanity && isQuick(method) ? ['--sanity'] : [])]
    const plain = values.plant ? [] : ['--no-plant']
    const common = ['--samples', values.samples, '--threads', values.threads, '--out', folder]
    const { status } = spawnSync(process.execPath, [program, ...words, ...checks, ...plain, ...common], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (status !== 0) process.exit(status ?? 1)
  }
  return JSON.parse(readFileSync(result, 'utf8')).metrics
}

const number = value => value.toFixed(3)
const percent = share => `${(100 * share).toFixed(0)} %`
const rows = []
for (const method of methods) {
  const { curves, pointing, odds, sanity } = measured(method)
  const last = sanity?.levels.at(-1)
  const row = [
    `\`${method}\``,
    `${number(curves.deletion.area)}, ${percent(curves.deletion.better)}`,
    `${number(curves.insertion.area)}, ${percent(curves.insertion.better)}`,
    ...(values.plant ? [percent(pointing.share), odds.ratio.toFixed(2)] : []),
    ...(values.sanity
      ? [last ? `${last.correlation.toFixed(2)}, ${last.structure.toFixed(2)}` : 'not measured']
      : []),
  ]
  rows.push({ method, row, gain: curves.insertion.area - curves.deletion.area, curves, pointing })
}
const seconds = await timesOf(
  values.model,
  rows.map(({ method }) => ({ method, passes: method === 'rise' ? Number(values.passes) : undefined })),
)
rows.sort((a, b) => b.gain - a.gain)
const [{ curves, pointing }] = rows
const head = [
  'method',
  'deletion, better than chance',
  'insertion, better than chance',
  ...(values.plant ? ['points at the plant', 'odds on the plant'] : []),
  ...(values.sanity ? ['with no learned kernel: rank correlation, structure'] : []),
  'processor time for a map, s',
]
const chance = [
  'random maps',
  number(curves.deletion.chance),
  number(curves.insertion.chance),
  ...(values.plant ? [percent(pointing.chance), '1'] : []),
  ...(values.sanity ? [''] : []),
  '',
]
const line = cells => `| ${cells.join(' | ')} |`
console.log(
  [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(({ method, row }) => line([...row, seconds[method].toPrecision(2)])),
    line(chance),
  ].join('\n'),
)
