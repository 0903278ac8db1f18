/** Operators of an imported model that move elements about, once the numbers that say where are known. */
import { operands, operatorError } from '../../graph.ts'
import { broadcastShapes } from '../../ops/broadcast.ts'
import { expand, pad, reshape, slice, split } from '../../ops/layout.ts'
import { floatAttribute, integerAttribute, stringAttribute } from '../../ops/rule.ts'
import { sizeOf } from '../../tensor.ts'
import { sliceRange } from '../constant-folding.ts'
import { asIs, axesOf, isKnown, listOf, normalAxis, type Operator } from './operation.ts'

export const reshaping: Operator = operation => {
  const { attributes, fixedBatch } = operation
  const [x] = operands(operation, 1)
  const target = listOf(operation, 1, 'shape')
  if (!target) return undefined
  const zeroStays = integerAttribute({ attributes }, 'allowzero', 0) === 1
  const shape = target.map((extent, axis) => (extent === 0 && !zeroStays ? x.shape[axis] : extent))
  // A model that was exported for one number of images has it in its shapes.
  if (fixedBatch && shape[0] === fixedBatch.from && x.shape[0] === fixedBatch.to) shape[0] = fixedBatch.to
  return reshape(x, shape)
}

export const squeezing: Operator = operation => {
  const [x] = operands(operation, 1)
  if (!isKnown(operation, 1)) return undefined
  const axes = axesOf(operation, 1, x.shape.length)
  return reshape(
    x,
    x.shape.filter((extent, axis) => (axes ? !axes.includes(axis) : extent !== 1)),
  )
}

export const unsqueezing: Operator = operation => {
  const [x] = operands(operation, 1)
  const given = listOf(operation, 1, 'axes')
  if (!given) return undefined
  const rank = x.shape.length + given.length
  const axes = given.map(axis => normalAxis(axis, rank))
  const rest = [...x.shape]
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
  )
}

export const flattening: Operator = operation => {
  const [x] = operands(operation, 1)
  // Behind the last axis stands an end that it may name too; negative axes count from the last one.
  const given = integerAttribute(operation, 'axis', 1)
  const axis = given === x.shape.length ? given : normalAxis(given, x.shape.length)
  return reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))])
}

export const expansion: Operator = operation => {
  const [x] = operands(operation, 1)
  const target = listOf(operation, 1, 'shape')
  const shape = target && broadcastShapes(x.shape, target)
  return shape && expand(x, shape)
}

export const slicing: Operator = operation => {
  const [x] = operands(operation, 1)
  if (![1, 2, 3, 4].every(index => isKnown(operation, index))) return undefined
  const starts = listOf(operation, 1, 'starts')
  const ends = listOf(operation, 2, 'ends')
  if (!starts || !ends) throw operatorError('Slice', 'starts or ends are missing', operation.inputs)
  const axes = listOf(operation, 3, 'axes') ?? starts.map((_, axis) => axis)
  const steps = listOf(operation, 4, 'steps') ?? starts.map(() => 1)
  const ranges = axes.map((given, i) => {
    const axis = normalAxis(given, x.shape.length)
    if (steps[i] === 0) throw operatorError('Slice', 'the step is 0', [x])
    const { first, count } = sliceRange(x.shape[axis], starts[i], ends[i], steps[i])
    if (count === 0) return { axis, start: 0, end: 0, step: 1 }
    const end = first + (count - 1) * steps[i] + Math.sign(steps[i])
    return { axis, start: first, end: end < 0 ? undefined : end, step: steps[i] }
  })
  const whole = ranges.every(
    ({ axis, start, end, step }) => step === 1 && start === 0 && end === x.shape[axis],
  )
  return whole ? x : slice(x, ranges)
}

export const splitting: Operator = operation => {
  const [x] = operands(operation, 1)
  if (!isKnown(operation, 1)) return undefined
  const axis = normalAxis(integerAttribute(operation, 'axis', 0), x.shape.length)
  const extent = x.shape[axis]
  const count = integerAttribute(operation, 'num_outputs', operation.outputs)
  if (count > extent && count > operation.outputs)
    throw operatorError('Split', `${count} parts of an axis of ${extent}`, [x])
  const even = Math.ceil(extent / count)
  const parts =
    listOf(operation, 1, 'split') ??
    Array.from({ length: count }, (_, i) => Math.min(even, extent - i * even))
  return split(x, parts, axis)
}

const isPadMode = (mode: string) =>
  mode === 'constant' || mode === 'reflect' || mode === 'edge' || mode === 'wrap'

export const padding: Operator = operation => {
  const { inputs, attributes } = operation
  const [x] = operands(operation, 1)
  const mode = stringAttribute({ attributes }, 'mode', 'constant')
  if (!isKnown(operation, 1) || !isKnown(operation, 3)) return undefined
  const amounts = listOf(operation, 1, 'pads')
  if (!amounts || !isPadMode(mode)) return undefined
  const axes = listOf(operation, 3, 'axes') ?? x.shape.map((_, axis) => axis)
  const before = x.shape.map(() => 0)
  const after = x.shape.map(() => 0)
  axes.forEach((given, i) => {
    const axis = normalAxis(given, x.shape.length)
    before[axis] = amounts[i]
    after[axis] = amounts[i + axes.length]
  })
  if ([...before, ...after].every(amount => amount === 0)) return x
  return pad(x, before, after, inputs[2] ?? floatAttribute({ attributes }, 'value', 0), mode)
}

export const tiling: Operator = operation => {
  const [x] = operands(operation, 1)
  const repeats = listOf(operation, 1, 'repeats')
  return (
    repeats &&
    asIs(
      operation,
      x.shape.map((extent, axis) => extent * repeats[axis]),
    )
  )
}

export const toSpace: Operator = operation => {
  const [x] = operands(operation, 1)
  const [n, c, h, w] = x.shape
  const block = integerAttribute(operation, 'blocksize', 1)
  return asIs(operation, [n, c / block ** 2, h * block, w * block])
}

export const toDepth: Operator = operation => {
  const [x] = operands(operation, 1)
  const [n, c, h, w] = x.shape
  const block = integerAttribute(operation, 'blocksize', 1)
  return asIs(operation, [n, c * block ** 2, h / block, w / block])
}

export const gatherN: Operator = operation => {
  const [x, indices] = operands(operation, 2)
  const batch = integerAttribute(operation, 'batch_dims', 0)
  return asIs(operation, [...indices.shape.slice(0, -1), ...x.shape.slice(batch + indices.shape.at(-1)!)])
}

export const oneHotOf: Operator = operation => {
  const [indices, , values] = operands(operation, 3)
  const depth = listOf(operation, 1, 'depth')
  if (!depth) return undefined
  const axis = normalAxis(integerAttribute(operation, 'axis', -1), indices.shape.length + 1)
  const shape = [...indices.shape.slice(0, axis), depth[0], ...indices.shape.slice(axis)]
  return asIs(operation, shape, values.dtype)
}
