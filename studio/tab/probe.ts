/** One image of noise through a network, timed: to compare devices by. */
import { float32, floats, sizeOf } from '../../src/graph/tensor.ts'
import { buildNetwork, type Network, possibleBatch } from '../../src/nets/network.ts'
import { type Engine, random } from '../../src/web.ts'

const times = 3

/** @returns what the network gives, and the least time that it took once it was warm */
export async function timedForward(
  engine: Engine,
  network: Network,
): Promise<{ output: Float32Array; milliseconds: number }> {
  const batch = possibleBatch(network, 1)
  const { graph, output } = buildNetwork(network, { batch })
  const program = await engine.compile({ graph, outputs: { output }, parameters: network.parameters })
  try {
    const shape = [batch, 3, network.preprocessing.size, network.preprocessing.size]
    const { normal } = random(0, 'probe')
    const images = float32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => normal()),
    )
    let last = await program.run({ images })
    let milliseconds = Number.POSITIVE_INFINITY
    for (let time = 0; time < times; time++) {
      const began = performance.now()
      last = await program.run({ images })
      milliseconds = Math.min(milliseconds, performance.now() - began)
    }
    return { output: floats(last.output), milliseconds }
  } finally {
    await program.dispose()
  }
}

/** The largest difference, as a share of the largest number. */
export function fraction(one: Float32Array, other: Float32Array): number {
  let [difference, largest] = [0, 1e-12]
  for (let at = 0; at < one.length; at++) {
    difference = Math.max(difference, Math.abs(one[at] - other[at]))
    largest = Math.max(largest, Math.abs(other[at]))
  }
  return one.length === other.length ? difference / largest : Number.POSITIVE_INFINITY
}
