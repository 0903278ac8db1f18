/**
 * Where cells look, measured: the centroid of |d cell / d image| over random images. For networks with operators that
 * the walk over the graph does not know, and as the test of that walk.
 */

import { random } from '../../base/random.ts'
import { gradient } from '../../graph/gradient.ts'
import type { Value } from '../../graph/graph.ts'
import { abs, mul } from '../../graph/ops/elementwise.ts'
import { reduceSum } from '../../graph/ops/reduce.ts'
import type { Point } from '../../graph/receptive-field/places.ts'
import { float32, sizeOf } from '../../graph/tensor.ts'
import { type BuiltNetwork, buildNetwork, type Network, possibleBatch } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'

export interface MeasureOptions {
  /** random images for each cell; the more, the less noise */
  images?: number
  seed?: number
  signal?: AbortSignal
}

/**
 * @param pick the layer as maps (n, channels, height, width)
 * @param cells rows and columns
 * @returns for each cell, pixels down and across
 */
export async function measureCentres(
  engine: Engine,
  network: Network,
  pick: (built: BuiltNetwork) => Value,
  cells: readonly Point[],
  { images: wanted = 8, seed = 0, signal }: MeasureOptions = {},
): Promise<Point[]> {
  const batch = possibleBatch(network, Math.min(wanted, 4))
  const built = buildNetwork(network, { batch })
  const { graph, images } = built
  const maps = pick(built)
  const [, channels, height, width] = maps.shape
  const signs = graph.input('signs', maps.shape)
  const [slope] = gradient(reduceSum(mul(maps, signs)), [images])
  const program = await engine.compile({
    graph,
    outputs: { energy: reduceSum(abs(slope), [0, 1]) },
    parameters: network.parameters,
  })
  try {
    const centres: Point[] = []
    for (const [y, x] of cells) {
      const energy = new Float64Array(images.shape[2] * images.shape[3])
      for (let run = 0; run < Math.ceil(wanted / batch); run++) {
        signal?.throwIfAborted()
        const stream = random(seed, 'receptive field', y, x, run)
        const noise = Float32Array.from({ length: sizeOf(images.shape) }, () => stream.normal())
        const chosen = new Float32Array(sizeOf(maps.shape))
        for (let row = 0; row < batch * channels; row++)
          chosen[(row * height + y) * width + x] = stream.integer(2) ? 1 : -1
        const result = await program.run({
          images: float32(images.shape, noise),
          signs: float32(maps.shape, chosen),
        })
        ;(result.energy.data as Float32Array).forEach((value, at) => {
          energy[at] += value
        })
      }
      centres.push(centroid(energy, images.shape[3]))
    }
    return centres
  } finally {
    await program.dispose()
  }
}

/** What all pixels have in common, such as the reach of attention over the whole image, says nothing of the place. */
function centroid(energy: Float64Array, width: number): Point {
  const common = energy.toSorted()[Math.floor(energy.length / 2)]
  let [mass, down, across] = [0, 0, 0]
  energy.forEach((value, at) => {
    const own = Math.max(0, value - common)
    mass += own
    down += own * Math.floor(at / width)
    across += own * (at % width)
  })
  return [down / mass, across / mass]
}
