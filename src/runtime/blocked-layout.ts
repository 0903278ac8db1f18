/**
 * The layout in which ONNX Runtime's own convolutions on the CPU keep the numbers of several channels of a pixel side by
 * side, so that one instruction serves them all. How many they are depends on the processor, and some have none of it; as its
 * operators are internal to the runtime, it is asked what it does, and trusted once a convolution comes out right.
 */
import { Graph, type Value } from '../graph/graph.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { conv } from '../graph/ops/convolution.ts'
import { reorderInput } from '../graph/passes/convolutions-in-blocks.ts'
import { lower } from '../graph/passes/lower.ts'
import { float32 } from '../graph/tensor.ts'
import type { Engine, Tensors } from './engine.ts'

/** More channels than any block has, and a multiple of each. */
const channels = 64

/** Channels of a pixel that stand side by side; 1 where the runtime has no such layout here. */
export async function blockOf(load: Engine['load']): Promise<number> {
  const feeds = {
    x: float32(
      [1, channels, 1, 2],
      Float32Array.from({ length: 2 * channels }, (_, index) => index),
    ),
    w: float32(
      [channels, 1, 1, 2],
      Float32Array.from({ length: 2 * channels }, (_, index) => (index % 7) - 3),
    ),
  }
  const graph = new Graph()
  const [x, w] = Object.entries(feeds).map(([name, { shape }]) => graph.input(name, shape))
  const result = async (output: Value, block: number) => {
    const program = await load(encodeModel(lower({ graph, outputs: { output } }, 'cpu', { block })))
    try {
      const { output: tensor } = await program.run(feeds as Tensors)
      return tensor.data as Float32Array
    } finally {
      await program.dispose()
    }
  }
  try {
    // The second pixel of the first channel comes after the first pixels of a block's channels.
    const block = (await result(reorderInput(x), 1)).indexOf(1)
    const convolved = conv(x, w, { groups: channels })
    const [plain, blocked] = [await result(convolved, 1), await result(convolved, block)]
    // Sums of two products of small whole numbers are exact.
    return plain.every((value, index) => value === blocked[index]) ? block : 1
  } catch {
    return 1
  }
}
