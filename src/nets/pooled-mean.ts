/** Whether pooled features are the plain means of maps: then what is linear in them is a sum over places. */
import type { Value } from '../graph/graph.ts'
import { cellsOf } from '../graph/receptive-field/grid.ts'
import { sizeOf } from '../graph/tensor.ts'

const reshapes = new Set(['Reshape', 'Identity', 'Dropout'])

export function behindReshapes(value: Value): Value {
  const { producer } = value
  return producer && reshapes.has(producer.op) ? behindReshapes(producer.inputs[0]!) : value
}

/** Whether the pooled features are the plain means of the maps over places, and over nothing else, such as a class token. */
export function isMeanOf(images: Value, pooled: Value, features: Value): boolean {
  const { producer, shape } = behindReshapes(pooled)
  if (
    producer?.inputs[0] !== features ||
    !['GlobalAveragePool', 'AveragePool', 'ReduceMean'].includes(producer.op)
  )
    return false
  const [batch] = features.shape
  const cells = cellsOf(images, features)
  if (!cells) return features.shape.length === 4 && sizeOf(shape) === batch * features.shape[1]
  const { arrangement, grid } = cells
  const alone = arrangement.kind === 'maps' || features.shape[arrangement.axis] === grid.height * grid.width
  return alone && sizeOf(shape) * grid.height * grid.width === sizeOf(features.shape)
}
