/** The shapes inside a model, learned by running it once on a blank picture. */
import { exposeAll } from '../graph/onnx/expose.ts'
import { float32, type Shape, sizeOf } from '../graph/tensor.ts'
import type { Engine } from './engine.ts'

/** Shapes of all values by name, for an input of the given shape. */
export async function probeShapes(
  engine: Engine,
  model: Uint8Array,
  input: string,
  shape: Shape,
): Promise<Map<string, Shape>> {
  const program = await engine.load(exposeAll(model))
  try {
    const values = await program.run({ [input]: float32(shape, new Float32Array(sizeOf(shape))) })
    return new Map(Object.entries(values).map(([name, value]) => [name, value.shape]))
  } finally {
    await program.dispose()
  }
}
