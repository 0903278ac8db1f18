/**
 * Recurrent layers, which the engine runs as a whole: forward only. X is (steps, n, inputs), W (directions, gates * hidden,
 * inputs), R (directions, gates * hidden, hidden).
 */
import { operands } from '../../graph.ts'
import { integerAttribute } from '../../ops/rule.ts'
import type { Operator } from './operation.ts'

/**
 * Every step's state (steps, directions, n, hidden) and the last one's (directions, n, hidden), of an LSTM also its cells;
 * with `layout` 1 the images stand first.
 */
export const recurrent: Operator = operation => {
  const { op, graph, inputs, attributes } = operation
  const [x, weights, recurrence] = operands(operation, 3)
  if (x.shape.length !== 3 || weights.shape.length !== 3 || recurrence.shape.length !== 3) return undefined
  const [directions, , hidden] = recurrence.shape
  const imagesFirst = integerAttribute(operation, 'layout', 0) === 1
  const [steps, n] = imagesFirst ? [x.shape[1], x.shape[0]] : x.shape
  const last = imagesFirst ? [n, directions, hidden] : [directions, n, hidden]
  const every = imagesFirst ? [n, steps, directions, hidden] : [steps, directions, n, hidden]
  const all = [every, last, last].slice(0, op === 'LSTM' ? 3 : 2)
  return graph.node(
    op,
    inputs,
    all.slice(0, operation.outputs).map(shape => ({ shape, dtype: x.dtype })),
    { attributes },
  )
}
