/**
 * A network over many pictures: in batches of one size, with the parameters compiled in, so that the engine
 * folds normalisations and picks its fastest layouts.
 */
import type { Value } from '../graph/graph.ts'
import { float32 } from '../graph/tensor.ts'
import { type BuiltNetwork, buildNetwork, type Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'

export interface ForwardOptions {
  batch?: number
  signal?: AbortSignal
  onProgress?: (done: number) => void
}

/** Writes picture `index`, prepared for the network, into `target` from `offset` on. */
export type FillPicture = (index: number, target: Float32Array, offset: number) => void | Promise<void>

/**
 * Runs the network over `count` pictures and gathers the values that `pick` names: each count x width, row-major.
 */
export async function forward<Name extends string>(
  engine: Engine,
  network: Network,
  count: number,
  fill: FillPicture,
  pick: (built: BuiltNetwork) => Record<Name, Value>,
  { batch = 32, signal, onProgress }: ForwardOptions = {},
): Promise<Record<Name, Float32Array>> {
  const { size } = network.preprocessing
  const rows = Math.min(batch, Math.max(count, 1))
  const built = buildNetwork(network, { batch: rows })
  const outputs: Record<Name, Value> = pick(built)
  const names = Object.keys(outputs) as Name[]
  const widthOf = (name: Name) => outputs[name].shape.slice(1).reduce((a, b) => a * b, 1)
  const gathered = Object.fromEntries(
    names.map(name => [name, new Float32Array(count * widthOf(name))]),
  ) as Record<Name, Float32Array>

  const program = await engine.compile({ graph: built.graph, outputs, parameters: network.parameters })
  const images = new Float32Array(rows * 3 * size * size)
  try {
    for (let start = 0; start < count; start += rows) {
      signal?.throwIfAborted()
      const filled = Math.min(rows, count - start)
      for (let row = 0; row < filled; row++) await fill(start + row, images, row * 3 * size * size)
      const result = await program.run({ images: float32([rows, 3, size, size], images) })
      for (const name of names) {
        const width = widthOf(name)
        gathered[name].set((result[name].data as Float32Array).subarray(0, filled * width), start * width)
      }
      onProgress?.(start + filled)
    }
  } finally {
    await program.dispose()
  }
  return gathered
}
