// The toy of first and second order: 40 classes to train and 40 unseen, three modes of twelve points each in 48
// numbers, a net of one hidden layer, eight seeds; minutes on one core, no data needed.
//
//   node recipes/toy.js [SEEDS]
//
// The finding: on unseen classes the second order ends nearer to (1, 0), with fewer dots in the top right corner.
import { createEngine } from '../dist/index.js'
import { trainToy } from '../dist/lenses/triplets/toy.js'
import { verdict } from './verdict.js'

const seeds = Array.from({ length: Number(process.argv[2] ?? 8) }, (_, seed) => seed)
const objectives = [
  { name: 'EP', objective: 'ep' },
  { name: 'EPHN', objective: 'ephn' },
  { name: 'EPSHN, first order', objective: 'epshn', options: { order: 1 } },
  { name: 'EPSHN, second order', objective: 'epshn', options: { order: 2 } },
]
const engine = await createEngine({ threads: 1 })

const mean = values => values.reduce((a, b) => a + b, 0) / values.length
const standardError = values => {
  const middle = mean(values)
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1) / values.length,
  )
}
const withError = values => `${mean(values).toFixed(3)} ± ${standardError(values).toFixed(3)}`

const row = (name, rate, measures) =>
  console.log(
    [
      String(rate).padEnd(5),
      name.padEnd(20),
      ...['shareCorrect', 'meanDistance', 'topRight'].map(key =>
        withError(measures.map(one => one[key])).padEnd(16),
      ),
    ].join(' '),
  )

console.log('Unseen classes, mean over seeds and its standard error:\n')
console.log('rate  objective            recall at 1      distance         top right corner')
for (const rate of [3, 30]) {
  const outcomes = {}
  for (const { name, objective, options } of objectives) {
    outcomes[name] = []
    for (const seed of seeds) outcomes[name].push(await trainToy(engine, { objective, options, rate, seed }))
    if (rate === 3 && name === 'EP')
      row(
        'before training',
        '',
        outcomes.EP.map(({ before }) => before.unseen),
      )
    row(
      name,
      rate,
      outcomes[name].map(({ after }) => after.unseen),
    )
  }
  const [first, second] = [outcomes['EPSHN, first order'], outcomes['EPSHN, second order']]
  for (const [key, what] of [
    ['meanDistance', 'a smaller distance to (1, 0)'],
    ['topRight', 'fewer dots in the top right corner'],
  ]) {
    const gains = first.map(({ after }, seed) => after.unseen[key] - second[seed].after.unseen[key])
    const errors = mean(gains) / standardError(gains)
    verdict(errors > 3, `the second order has ${what}, by ${errors.toFixed(1)} standard errors`)
  }
}
