/**
 * How a residual unit mixes its two ways: for branch m and shortcut s of every image the ratio ||m|| / ||s|| and
 * the cosine of the angle between them, over all channels and places, averaged over images. As the gradient of
 * half the squared norm of m + s is J_m'(m + s) + J_s'(m + s), they tell whose dream the sum's will look like.
 */
import { createWork, openStage, type Work } from '../../base/work.ts'
import { mul } from '../../graph/ops/elementwise.ts'
import { concat, reshape } from '../../graph/ops/layout.ts'
import { reduceSum } from '../../graph/ops/reduce.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { buildNetwork, type Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import { residualUnits } from './units.ts'

export interface Mixing {
  unit: string
  /** mean over images of ||branch|| / ||shortcut|| */
  normRatio: number
  /** mean over images of the cosine between branch and shortcut */
  cosine: number
}

export interface MixingOptions {
  /** images at once */
  batch?: number
  work?: Work
}

/** @param images prepared images, (n, 3, size, size) */
export async function mixingOf(
  engine: Engine,
  network: Network,
  images: Float32Array,
  { batch: most = 8, work = createWork() }: MixingOptions = {},
): Promise<Mixing[]> {
  const { size } = network.preprocessing
  const length = 3 * size * size
  const count = images.length / length
  const batch = Math.min(most, count)
  const { graph } = buildNetwork(network, { batch })
  const units = residualUnits(graph)
  const rows = units.flatMap(({ branch, shortcut }) => [
    reduceSum(mul(branch, branch), [1, 2, 3]),
    reduceSum(mul(shortcut, shortcut), [1, 2, 3]),
    reduceSum(mul(branch, shortcut), [1, 2, 3]),
  ])
  if (!rows.length) return []
  const sums = concat(
    rows.map(row => reshape(row, [1, batch])),
    0,
  )
  const program = await engine.compile({ graph, outputs: { sums }, parameters: network.parameters })
  const stage = openStage(work, 'mixing', count)
  const totals = units.map(() => ({ ratio: 0, cosine: 0 }))
  try {
    for (let start = 0; start < count; start += batch) {
      work.signal.throwIfAborted()
      // The last batch is filled up with images that were there before, which are not counted again.
      const from = Math.min(start, count - batch)
      const part = images.subarray(from * length, (from + batch) * length)
      const result = await program.run({ images: float32([batch, 3, size, size], part) })
      const data = floats(result.sums)
      totals.forEach((total, unit) => {
        for (let row = start - from; row < batch; row++) {
          const [m, s, dot] = [0, 1, 2].map(which => data[(3 * unit + which) * batch + row])
          total.ratio += Math.sqrt(m / s)
          total.cosine += dot / Math.sqrt(m * s)
        }
      })
      stage.update(from + batch)
    }
  } finally {
    stage.end()
    await program.dispose()
  }
  return units.map(({ name }, unit) => ({
    unit: name,
    normRatio: totals[unit].ratio / count,
    cosine: totals[unit].cosine / count,
  }))
}
