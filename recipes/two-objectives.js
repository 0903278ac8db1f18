// Two objectives on the cars: N-pair against Proxy-NCA, the unseen classes by both, as a yoked pair.
//
// The posts' finding: the maps correspond after yoking; in that of N-pair single points sit inside clusters of another
// class, in that of Proxy-NCA more clusters are mixed up.
//
//   node recipes/two-objectives.js --data CARS [--size small|full] [--weights W] [--out DIR] [--threads N]
import { join } from 'node:path'
import { glasshouse, out, percent, readJson, runOf, setting } from './setting.js'
import { verdict } from './verdict.js'

const objectives = ['npair', 'proxy-nca']
const runs = objectives.map(objective => runOf(objective, setting.comparison, '--objective', objective))
const epochs = runs.map(run => readJson(join(run, 'result.json')).metrics.epochs)
const folder = join(out, 'two-objectives')
glasshouse('tsne', ...runs.map((run, i) => `${run}@${epochs[i]}:test`), '--yoke', '2-map', '--out', folder)

const { klRatio, alignment, alignmentAlone, maps, lambda } = readJson(join(folder, 'result.json')).metrics
console.log(
  `lambda ${lambda}: ${percent(alignment / alignmentAlone)} of the misalignment remains, KL ratios ${klRatio.map(ratio => ratio.toFixed(3)).join(' and ')}`,
)
for (const [i, { preservation, trustworthiness }] of maps.entries())
  console.log(
    `${objectives[i]}: ${percent(preservation)} of the neighbours kept on the map, trustworthiness ${trustworthiness.toFixed(3)}`,
  )
verdict(alignment < 0.5 * alignmentAlone, 'places correspond after yoking')
verdict(Math.max(...klRatio) < 1.1, 'at a divergence within 10 % of the maps alone')
console.log(`What differs, as pictures: ${join(folder, 'index.html')}`)
