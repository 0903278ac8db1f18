/**
 * Where cells look, measured: the centroid of |d cell / d image| over random images. For networks with operators that
 * the walk over the graph does not know, and as the test of that walk.
 */
import { random } from '../../base/random.ts'
import { meanOf, medianOf } from '../../base/statistics.ts'
import { gradient } from '../../graph/gradient.ts'
import type { Value } from '../../graph/graph.ts'
import { abs, mul } from '../../graph/ops/elementwise.ts'
import { reduceSum } from '../../graph/ops/reduce.ts'
import type { Point } from '../../graph/receptive-field/places.ts'
import { float32, floats, sizeOf } from '../../graph/tensor.ts'
import { type BuiltNetwork, buildNetwork, type Network, possibleBatch } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'

export interface MeasureOptions {
  /** random images for each cell; the more, the less noise */
  images?: number
  seed?: number
  signal?: AbortSignal
}

/** Images that go through the network at once. */
const batchSize = 4

/**
 * @param pick the layer as maps (n, channels, height, width)
 * @param cells rows and columns
 * @returns for each cell, pixels down and across; undefined where no image moves it, as behind a ReLU that is never passed
 */
export async function measureCentres(
  engine: Engine,
  network: Network,
  pick: (built: BuiltNetwork) => Value,
  cells: readonly Point[],
  { images: each = 4, seed = 0, signal }: MeasureOptions = {},
): Promise<(Point | undefined)[]> {
  const batch = possibleBatch(network, batchSize)
  const built = buildNetwork(network, { batch })
  const { graph, images } = built
  const maps = pick(built)
  const [, channels, height, width] = maps.shape
  const signs = graph.input('signs', maps.shape)
  const [slope] = gradient(reduceSum(mul(maps, signs)), [images])
  const program = await engine.compile({
    graph,
    outputs: { energy: reduceSum(abs(slope), [1]) },
    parameters: network.parameters,
  })
  // Every image of a batch serves a cell of its own.
  const queue = Array.from({ length: each * cells.length }, (_, at) => at % cells.length)
  const [rows, columns] = images.shape.slice(2)
  const found = cells.map(() => [] as Point[])
  try {
    for (let start = 0; start < queue.length; start += batch) {
      signal?.throwIfAborted()
      const stream = random(seed, 'receptive field', start)
      const noise = stream.normals(new Float32Array(sizeOf(images.shape)))
      const chosen = new Float32Array(sizeOf(maps.shape))
      const some = queue.slice(start, start + batch)
      some.forEach((cell, row) => {
        const [y, x] = cells[cell]
        for (let channel = 0; channel < channels; channel++)
          chosen[((row * channels + channel) * height + y) * width + x] = stream.integer(2) ? 1 : -1
      })
      const { energy } = await program.run({
        images: float32(images.shape, noise),
        signs: float32(maps.shape, chosen),
      })
      const values = floats(energy)
      some.forEach((cell, row) => {
        const place = centroid(values.subarray(row * rows * columns, (row + 1) * rows * columns), columns)
        if (place) found[cell].push(place)
      })
    }
    return found.map(places =>
      places.length ? [meanOf(places.map(([y]) => y)), meanOf(places.map(([, x]) => x))] : undefined,
    )
  } finally {
    await program.dispose()
  }
}

/** What all pixels have in common, such as the reach of attention over the whole image, says nothing of the place. */
function centroid(energy: Float32Array, width: number): Point | undefined {
  const common = medianOf(energy)
  let [mass, down, across] = [0, 0, 0]
  energy.forEach((value, at) => {
    const own = Math.max(0, value - common)
    mass += own
    down += own * Math.floor(at / width)
    across += own * (at % width)
  })
  return mass > 0 ? [down / mass, across / mass] : undefined
}
