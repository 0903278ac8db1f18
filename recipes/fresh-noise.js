// Networks that were trained on a pretext task of noise, tested on noise that none of them has seen: it costs nothing to
// make, and chance is known the more closely the more of it there is.
import { join } from 'node:path'
import { storedSize } from '../dist/data/augment.js'
import { centrePictures } from '../dist/data/prepare/prepare.js'
import { resample } from '../dist/data/prepare/resample.js'
import { noiseImage } from '../dist/data/pretext/noise.js'
import { mirrored } from '../dist/data/pretext/windows.js'
import { memoryStore } from '../dist/data/store.js'
import { answersOf } from '../dist/models/classification.js'
import { forwardBatches } from '../dist/models/forward.js'
import { openModel } from '../dist/runs/open-model.node.js'
import { independentAnswers, intervalOf } from '../dist/runs/pretext/interval.js'
import { createEngine } from '../dist/runtime/engine.node.js'

/** Images that are held in memory at a time. */
const block = 500

/**
 * Accuracy of `flip` over all seeds, each on images of its own, and its interval.
 *
 * @param {string} folder of `pretext flip`, with a run for each seed
 * @param {{ seeds: number, epochs: number, side: number, from: number, images: number }} asked
 *   `side` of the noise before it is made smaller, `from` the first number of an image that was not trained on
 */
export async function flipOfFreshNoise(folder, { seeds, epochs, side, from, images }) {
  const engine = await createEngine({ threads: 1 })
  const accuracies = []
  const independent = []
  for (let seed = 0; seed < seeds; seed++) {
    const { network } = await openModel(`${join(folder, `seed-${seed}`)}@${epochs}`)
    const shares = []
    for (let start = 0; start < images; start += block) {
      const first = from + seed * images + start
      const count = Math.min(block, images - start)
      shares.push(...(await sharesOf(engine, network, { side, first, count })))
    }
    accuracies.push(shares.reduce((sum, share) => sum + share, 0) / shares.length)
    independent.push(independentAnswers(shares, 2))
  }
  const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length
  return { accuracy: mean(accuracies), interval: intervalOf(accuracies, mean(independent)), accuracies }
}

/** Of each image, the share of its two forms that is named right. */
async function sharesOf(engine, network, { side, first, count }) {
  const stored = storedSize(network.preprocessing.size)
  const bytes = new Uint8Array(2 * count * 3 * stored ** 2)
  for (let index = 0; index < count; index++) {
    const image = resample(noiseImage(side, side, 1, first + index), stored, stored)
    bytes.set(image.data, 2 * index * image.data.length)
    bytes.set(mirrored(image).data, (2 * index + 1) * image.data.length)
  }
  const rows = Array.from({ length: 2 * count }, (_, row) => row)
  const fill = centrePictures(memoryStore(stored, bytes), rows, network.preprocessing)
  const batches = forwardBatches(engine, network, rows.length, fill, ({ output }) => ({ output }))
  const { predicted } = await answersOf(batches, rows.length, 2)
  return Array.from({ length: count }, (_, index) => {
    const right = [0, 1].filter(form => predicted[2 * index + form] === form)
    return right.length / 2
  })
}
