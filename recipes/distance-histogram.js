// The histogram of distances to (1, 0): before training, and after training by the first and by the second order.
//
// The post's finding: both move the test triplets toward (1, 0), and the second order moves them further.
import { join } from 'node:path'
import { glasshouse, orderRuns, out, readJson } from './setting.js'
import { verdict } from './verdict.js'

const folder = join(out, 'distance-histogram')
glasshouse('triplets', ...orderRuns(), '--thumbnails', '0', '--out', folder)

const [first, second] = readJson(join(folder, 'result.json')).metrics.runs
const before = first.epochs[0].meanDistance
console.log(
  `mean distance to (1, 0): before ${before.toFixed(3)}, first order ${first.meanDistance.toFixed(3)}, second order ${second.meanDistance.toFixed(3)}`,
)
verdict(
  first.meanDistance < before && second.meanDistance < before,
  'both orders move the test triplets toward (1, 0)',
)
verdict(second.meanDistance < first.meanDistance, 'the second order moves them further')
console.log(`The picture: ${join(folder, 'distances.png')}`)
