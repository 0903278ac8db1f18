// First against second order: the film of every triplet, epoch by epoch, under two losses that differ in the order
// of their similarities only.
//
// The post's finding: what differs is the top right corner and the right edge, where the first order leaves more
// dots; and the second order ends nearer to (1, 0).
import { join } from 'node:path'
import { glasshouse, orderRuns, out, percent, readJson } from './setting.js'
import { verdict } from './verdict.js'

const folder = join(out, 'first-against-second-order')
glasshouse('triplets', ...orderRuns(), '--out', folder)

const [first, second] = readJson(join(folder, 'result.json')).metrics.runs
for (const { name, epochs, shareCorrect, meanDistance, topRight } of [first, second])
  console.log(
    `${name}: recall at 1 from ${percent(epochs[0].shareCorrect)} to ${percent(shareCorrect)}, mean distance to (1, 0) ${meanDistance.toFixed(3)}, ${percent(topRight)} of the dots in the top right corner`,
  )
verdict(second.topRight < first.topRight, 'the first order leaves more dots in the top right corner')
verdict(second.meanDistance < first.meanDistance, 'the second order ends nearer to (1, 0)')
