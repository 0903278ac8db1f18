// Train against test classes: all classes on one map before training, yoked to one map after it.
//
// The posts' finding: classes that were seen in training are tight clusters, unseen ones are looser but still grouped,
// and that looseness shows how well the embedding generalises.
import { join } from 'node:path'
import { readVectors } from '../dist/embedding/vectors.node.js'
import { embedding } from './embeddings.js'
import { glasshouse, out, percent, readJson } from './setting.js'
import { verdict } from './verdict.js'

const before = await embedding('epoch-1', 'both', 'before training')
const after = await embedding('epoch+19', 'both', 'after training')
const folder = join(out, 'seen-against-unseen')
glasshouse('tsne', before, after, '--start', 'own', '--relative', '--yoke', '1', '--out', folder)
const { klRatio, alignment, alignmentAlone } = readJson(join(folder, 'result.json')).metrics
console.log(
  `KL ratios ${klRatio.map(ratio => ratio.toFixed(3)).join(' and ')}; ${percent(alignment / alignmentAlone)} of the misalignment remains`,
)

/**
 * Median distance of a point from the centre of its class, over that to the centre of all: 1 is not a cluster.
 * @param {import('../dist/embedding/vectors.js').Vectors} map
 */
function looseness({ data, labels = [] }, kind) {
  const centre = rows =>
    [0, 1].map(axis => rows.reduce((sum, row) => sum + data[2 * row + axis], 0) / rows.length)
  /** @param {number[]} centre */
  const from = ([x, y], row) => Math.hypot(data[2 * row] - x, data[2 * row + 1] - y)
  const rows = Array.from(labels.keys())
  const middle = centre(rows)
  const ratios = []
  for (const label of new Set(labels.filter(name => name.startsWith(kind)))) {
    const own = rows.filter(row => labels[row] === label)
    const heart = centre(own)
    ratios.push(...own.map(row => from(heart, row) / from(middle, row)))
  }
  return ratios.sort((a, b) => a - b)[ratios.length >> 1]
}

const maps = await Promise.all([1, 2].map(m => readVectors(join(folder, `map-${m}.arrow`))))
const [[seenBefore, unseenBefore], [seen, unseen]] = maps.map(map =>
  ['seen', 'unseen'].map(kind => looseness(map, kind)),
)
console.log(
  `looseness (distance from the centre of the class over distance from that of all): before training ${seenBefore.toFixed(2)} seen, ${unseenBefore.toFixed(2)} unseen; after ${seen.toFixed(2)} seen, ${unseen.toFixed(2)} unseen`,
)
verdict(seen < seenBefore, 'training draws the classes that it sees together')
verdict(unseen < unseenBefore, 'unseen classes are drawn together too')
verdict(seen < unseen, 'seen classes are tighter than unseen ones')
console.log(`The maps: ${join(folder, 'maps.png')}, ${join(folder, 'index.html')}`)
