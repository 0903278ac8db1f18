// All objectives under one recipe: recall at 1, R-precision and time, over three seeds.
//
//   node recipes/all-objectives.js --data CARS [--size small|full] [--net NET --weights W --freeze LAYER]
//     [--epochs N] [--augment none] [--out DIR] [--threads N]
//
// Each objective has its paper's defaults and the same network, batches, optimiser and rate, which favours those whose
// gradients have the size that this rate suits. The sweep goes on where it was stopped.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { objectives } from '../dist/objectives/registry.js'
import { cars, glasshouse, instead, out, percent, readJson, setting, startingWeights } from './setting.js'

const seeds = [0, 1, 2]
const { classes, options } = setting.comparison
// Those of embeddings: the test classes are unseen.
const names = [...objectives.keys()].filter(name => objectives.get(name)?.kind === 'embedding')
const spec = join(out, 'all-objectives.json')
writeFileSync(
  spec,
  JSON.stringify(
    {
      data: resolve(cars(classes)),
      train: { ...options, ...instead, weights: startingWeights() },
      grid: { seed: seeds, objective: names },
    },
    null,
    2,
  ),
)
const folder = join(out, 'all-objectives')
glasshouse('sweep', spec, '--out', folder)

const { runs } = readJson(join(folder, 'result.json')).metrics
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length
const starts = []

/** Recall and R-precision after the last epoch, so that none gains by choosing among its epochs, and seconds of all steps. */
function lastOf({ folder: run }) {
  const lines = readFileSync(join(run, 'log.ndjson'), 'utf8')
    .split('\n')
    .filter(line => line.includes('"kind":"epoch"'))
    .map(line => JSON.parse(line))
  const { recall, rPrecision } = lines.at(-1)
  const seconds = lines
    .slice(1)
    .reduce((sum, line, index) => sum + secondsOf(line, line.step - lines[index].step), 0)
  return { before: lines[0].recall['1'], recall: recall['1'], rPrecision, seconds }
}

/** An epoch within which a run was gone on with has no rate: nothing is known of its time. */
const secondsOf = ({ imagesPerSecond }, steps) =>
  imagesPerSecond ? (steps * options.batch) / imagesPerSecond : Number.NaN

const table = names.map(name => {
  const found = runs.filter(run => run.series === name && run.status === 'finished').map(lastOf)
  starts.push(...found.map(({ before }) => before))
  const of = key => mean(found.map(each => each[key]))
  const spread = found.length ? Math.max(...found.map(({ recall }) => Math.abs(recall - of('recall')))) : 0
  return {
    name,
    count: found.length,
    recall: of('recall'),
    spread,
    precision: of('rPrecision'),
    seconds: of('seconds'),
  }
})
table.sort((a, b) => b.recall - a.recall)
console.log('| objective | seeds | recall at 1 | R-precision | seconds |\n|---|---|---|---|---|')
for (const { name, count, recall, spread, precision, seconds } of table)
  if (count)
    console.log(
      `| \`${name}\` | ${count} | ${percent(recall)} ± ${percent(spread)} | ${percent(precision)} | ${seconds.toFixed(0)} |`,
    )
if (starts.length) console.log(`before training: recall at 1 ${percent(mean(starts))}`)
