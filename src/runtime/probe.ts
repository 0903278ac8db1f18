/** The shapes and element types inside a model, learned by running it once. */
import type { ValueType } from '../graph/graph.ts'
import { exposeAll } from '../graph/onnx/expose.ts'
import type { Engine, Tensors } from './engine.ts'

/** Types of all values by name, for the feeds given: blank ones do, unless the shapes inside depend on their content. */
export async function probeTypes(
  engine: Engine,
  model: Uint8Array,
  feeds: Readonly<Tensors>,
): Promise<Map<string, ValueType>> {
  const program = await engine.load(exposeAll(model))
  try {
    const values = await program.run(feeds)
    return new Map(Object.entries(values).map(([name, { shape, dtype }]) => [name, { shape, dtype }]))
  } finally {
    await program.dispose()
  }
}
