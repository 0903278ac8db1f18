// The path of one triplet through training under the first and under the second order: a test image, and the positive
// and the negative that are nearest to it when training has ended.
//
// The post's finding: for single test triplets too, the second order ends nearer to (1, 0).
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cars, glasshouse, orderRuns, out, readJson } from './setting.js'
import { verdict } from './verdict.js'

const runs = orderRuns()
const test = readFileSync(cars(), 'utf8')
  .split('\n')
  .filter(line => line.endsWith(',test'))
const image = /^"([^"]*)"/.exec(test[Math.floor(test.length / 2)])[1]
const folder = join(out, 'one-triplet')
glasshouse('triplets', ...runs, '--track', image, '--thumbnails', '0', '--out', folder)

const distance = ({ x, y }) => Math.hypot(1 - x, y)
const ends = readJson(join(folder, 'result.json')).metrics.runs.map(({ name, trajectory: { steps } }) => {
  const [begin, end] = [steps[0], steps.at(-1)]
  console.log(
    `${name}: from (${begin.x.toFixed(3)}, ${begin.y.toFixed(3)}) to (${end.x.toFixed(3)}, ${end.y.toFixed(3)}), ${distance(end).toFixed(3)} from (1, 0)`,
  )
  return distance(end)
})
verdict(ends[1] < ends[0], `the second order ends nearer to (1, 0) for ${basename(image)}`)
console.log(`The picture: ${join(folder, 'path.png')}`)
