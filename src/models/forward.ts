/**
 * A network over many images: in batches of one size, with the parameters compiled in, so that the engine
 * folds normalisations and picks its fastest layouts.
 */
import { mapValues } from '../base/map-values.ts'
import { createWork, openStage, type Work } from '../base/work.ts'
import type { LayerName, Value } from '../graph/graph.ts'
import { cutGraph } from '../graph/passes/cut.ts'
import { float32, floats, sizeOf } from '../graph/tensor.ts'
import {
  type BuiltNetwork,
  buildNetwork,
  buildOutline,
  layerNamed,
  type Network,
  possibleBatch,
} from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'

/** What the output of a layer is called where it stands in for images. */
export const featuresInput = 'features'

export interface ForwardOptions {
  batch?: number
  /** run in batches of `batch` even where there are fewer images, as a part of more images is */
  wholeBatches?: boolean
  /** the layer to begin at: what is filled in is its output, not images */
  from?: LayerName
  work?: Work
  /** what the progress is called; default 'images' */
  stage?: string
}

/** Writes image `index`, prepared for the network, into `target` from `offset` on. */
export type FillPicture = (index: number, target: Float32Array, offset: number) => void | Promise<void>

/**
 * Runs the network over `count` images and gathers the values that `pick` names: each count x width, row-major.
 */
export async function forward<Name extends string>(
  engine: Engine,
  network: Network,
  count: number,
  fill: FillPicture,
  pick: (built: BuiltNetwork) => Record<Name, Value>,
  options: ForwardOptions = {},
): Promise<Record<Name, Float32Array>> {
  const picked = pick(buildOutline(network))
  const gathered = mapValues(picked, value => new Float32Array(count * widthOf(value)))
  for await (const { start, results } of forwardBatches(engine, network, count, fill, pick, options))
    for (const name in picked) gathered[name].set(results[name], start * widthOf(picked[name]))
  return gathered
}

/** Numbers per image. */
const widthOf = ({ shape }: Pick<Value, 'shape'>): number => sizeOf(shape.slice(1))

export interface ForwardBatch<Name extends string> {
  /** number of the first image */
  start: number
  rows: number
  /** rows x width each; valid until the next batch */
  results: Record<Name, Float32Array>
}

/** The same batch by batch, for what would be too much at once. */
export async function* forwardBatches<Name extends string>(
  engine: Engine,
  network: Network,
  count: number,
  fill: FillPicture,
  pick: (built: BuiltNetwork) => Record<Name, Value>,
  {
    batch = 32,
    wholeBatches = false,
    from,
    work = createWork(),
    stage: name = 'images',
  }: ForwardOptions = {},
): AsyncGenerator<ForwardBatch<Name>> {
  const size = possibleBatch(network, wholeBatches ? batch : Math.min(batch, Math.max(count, 1)))
  const built = buildNetwork(network, { batch: size })
  const outputs: Record<Name, Value> = pick(built)
  const whole = { graph: built.graph, outputs, parameters: network.parameters }
  const fed = from === undefined ? built.images : layerNamed(built, from)
  const input = from === undefined ? fed.name : featuresInput
  const program = await engine.compile(from === undefined ? whole : cutGraph(whole, fed, input))
  const width = widthOf(fed)
  const content = new Float32Array(size * width)
  const stage = openStage(work, name, count)
  try {
    for (let start = 0; start < count; start += size) {
      work.signal.throwIfAborted()
      const rows = Math.min(size, count - start)
      for (let row = 0; row < rows; row++) await fill(start + row, content, row * width)
      const tensors = await program.run({ [input]: float32(fed.shape, content) })
      const results = mapValues(tensors, part => floats(part).subarray(0, rows * widthOf(part)))
      yield { start, rows, results }
      stage.update(start + rows)
    }
  } finally {
    stage.end()
    await program.dispose()
  }
}
