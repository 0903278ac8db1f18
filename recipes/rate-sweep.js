// The rate sweep of EP and EPSHN: recall at 1 against the learning rate, also at equal length of the gradient.
//
// The post's finding: EPSHN stands larger rates than EP and gains from them. Its rates, 0.0001 to 0.0016, were for losses
// that are summed over the anchors of a batch; here losses are averaged, so they are multiplied by the batch.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cars, glasshouse, out, percent, readJson, setting, startingWeights } from './setting.js'
import { verdict } from './verdict.js'

const { classes, options } = setting.rate
const { lr: _, ...train } = options
const summed = [0.0001, 0.0002, 0.0004, 0.0008, 0.0016]
const spec = join(out, 'rates.json')
writeFileSync(
  spec,
  JSON.stringify(
    {
      data: resolve(cars(classes)),
      train: { ...train, weights: startingWeights() },
      grid: {
        objective: ['ep', 'epshn'],
        lr: summed.map(rate => Number((rate * train.batch).toPrecision(3))),
      },
    },
    null,
    2,
  ),
)
const folder = join(out, 'rate-sweep')
glasshouse('sweep', spec, '--out', folder)

const { runs } = readJson(join(folder, 'result.json')).metrics
const of = name => runs.filter(({ series, score }) => series === name && score !== undefined)
const best = name => of(name).reduce((a, b) => (a.score >= b.score ? a : b))
for (const name of ['ep', 'epshn'])
  console.log(
    `${name}: ${of(name)
      .map(({ rate, score }) => `${percent(score)} at ${rate}`)
      .join(', ')}; best at ${best(name).rate}`,
  )
const gain = name => of(name).at(-1).score - of(name)[0].score
verdict(gain('epshn') > 0, 'EPSHN gains by larger rates')
verdict(gain('epshn') > gain('ep'), 'EPSHN gains more by larger rates than EP')
