/** Operators of an imported model that look through windows, or at another resolution: convolution, pooling, resizing. */
import { type Attributes, operands, operatorError, type Value } from '../../graph.ts'
import { conv, convTranspose } from '../../ops/convolution.ts'
import { type averagePool, maxPool } from '../../ops/pooling.ts'
import { integerAttribute, integersAttribute, stringAttribute } from '../../ops/rule.ts'
import { float32, numbersOf, type Shape } from '../../tensor.ts'
import { normalAxis, type Operation, type Operator } from './operation.ts'

interface WindowGeometry {
  stride: readonly number[]
  pads: readonly number[]
  dilation: readonly number[]
}

/** Strides, pads and dilations of a window, with `auto_pad` worked out. */
function windowGeometry(
  operation: Operation,
  spatial: readonly number[],
  kernel: readonly number[],
): WindowGeometry {
  const ones = kernel.map(() => 1)
  const stride = integersAttribute(operation, 'strides') ?? ones
  const dilation = integersAttribute(operation, 'dilations') ?? ones
  const auto = stringAttribute(operation, 'auto_pad', 'NOTSET')
  if (!auto.startsWith('SAME')) {
    const none = [...kernel, ...kernel].map(() => 0)
    const pads = auto === 'VALID' ? none : (integersAttribute(operation, 'pads') ?? none)
    return { stride, pads, dilation }
  }
  const totals = kernel.map((size, axis) => {
    const reach = dilation[axis] * (size - 1) + 1
    const count = Math.ceil(spatial[axis] / stride[axis])
    return Math.max(0, (count - 1) * stride[axis] + reach - spatial[axis])
  })
  const small = totals.map(total => Math.floor(total / 2))
  const large = totals.map(total => Math.ceil(total / 2))
  return { stride, dilation, pads: auto === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small] }
}

export const convolution: Operator = operation => {
  const [x, weight] = operands(operation, 2)
  const bias = operation.inputs[2]
  const geometry = windowGeometry(operation, x.shape.slice(2), weight.shape.slice(2))
  return conv(x, weight, { ...geometry, groups: integerAttribute(operation, 'group', 1), bias })
}

/** What a convolution of x gives, whatever its elements are. */
export function convolutionShape(operation: Operation, x: Value, weight: Value): Shape {
  const kernel = weight.shape.slice(2)
  const { stride, pads, dilation } = windowGeometry(operation, x.shape.slice(2), kernel)
  const extents = kernel.map((size, axis) => {
    const padded = x.shape[axis + 2] + pads[axis] + pads[axis + kernel.length]
    return Math.floor((padded - dilation[axis] * (size - 1) - 1) / stride[axis]) + 1
  })
  return [x.shape[0], weight.shape[0], ...extents]
}

/**
 * A size of the output that the file gives, itself or by `auto_pad`, is reached by cutting what the windows cover beyond
 * it, the odd element in front unless it says SAME_UPPER; what is lacking is added behind.
 */
export const transposedConvolution: Operator = operation => {
  const [x, weight] = operands(operation, 2)
  const bias = operation.inputs[2]
  const kernel = weight.shape.slice(2)
  const spatial = x.shape.slice(2)
  const auto = stringAttribute(operation, 'auto_pad', 'NOTSET')
  const { stride, pads, dilation } = windowGeometry(
    { ...operation, attributes: { ...operation.attributes, auto_pad: auto === 'VALID' ? auto : 'NOTSET' } },
    spatial,
    kernel,
  )
  const given = integersAttribute(operation, 'output_padding') ?? kernel.map(() => 0)
  const wanted = integersAttribute(operation, 'output_shape')?.slice(-kernel.length)
  const geometry = { stride, pads, dilation, groups: integerAttribute(operation, 'group', 1), bias }
  if (!wanted?.length && !auto.startsWith('SAME'))
    return convTranspose(x, weight, { ...geometry, outputPadding: given })

  const excess = kernel.map((size, axis) => {
    const whole = stride[axis] * (spatial[axis] - 1) + dilation[axis] * (size - 1) + 1 + given[axis]
    return wanted ? whole - wanted[axis] : Math.max(0, whole - spatial[axis] * stride[axis])
  })
  const small = excess.map(extent => Math.max(0, Math.floor(extent / 2)))
  const large = excess.map(extent => Math.max(0, Math.ceil(extent / 2)))
  return convTranspose(x, weight, {
    ...geometry,
    pads: auto === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small],
    outputPadding: given.map((extent, axis) => extent + Math.max(0, -excess[axis])),
  })
}

export const pooling =
  (pool: typeof averagePool): Operator =>
  operation => {
    const [given] = operands(operation, 1)
    const kernel = integersAttribute(operation, 'kernel_shape')
    if (!kernel) return undefined
    const ceil = integerAttribute(operation, 'ceil_mode', 0) === 1
    const countIncludePad = integerAttribute(operation, 'count_include_pad', 0) === 1
    const geometry = windowGeometry(operation, given.shape.slice(2), kernel)
    const padding =
      ceil && geometry.pads.every(extent => extent === 0) ? paddingBefore(given, operation) : undefined
    if (!padding) return pool(given, { kernel, ...geometry, ceil, countIncludePad })
    return pool(padding.x, { kernel, ...geometry, pads: padding.pads, ceil, countIncludePad: true })
  }

/**
 * A Pad of its own before a pooling whose last window may be partial, as PyTorch exports it: the engine takes both as
 * one, and then leaves out a last window that would begin in the padding, as PyTorch does. So that the shapes are the
 * engine's, both are one here too.
 */
function paddingBefore(padded: Value, { op, contentOf }: Operation) {
  const { producer } = padded
  if (producer?.op !== 'Pad' || stringAttribute(producer, 'mode', 'constant') !== 'constant') return undefined
  const [x, amounts, fill, axes] = producer.inputs
  const content = contentOf(amounts)
  const neutral = op === 'MaxPool' ? -3.4e38 : 0
  const value = fill ? contentOf(fill)?.data[0] : 0
  if (!x || !content || axes || value === undefined) return undefined
  if (op === 'MaxPool' ? Number(value) > neutral : Number(value) !== neutral) return undefined
  const list = numbersOf(content)
  const rank = x.shape.length
  const sides = [list.slice(0, rank), list.slice(rank)]
  const spatialOnly = sides.every(side => side[0] === 0 && side[1] === 0 && side.every(extent => extent >= 0))
  return spatialOnly ? { x, pads: sides.flatMap(side => side.slice(2)) } : undefined
}

/** With the places of the maxima, where the file asks for them. */
export const maxPooling: Operator = operation => {
  const pooled = pooling(maxPool)(operation)
  if (operation.outputs < 2 || !pooled || !('producer' in pooled) || !pooled.producer) return pooled
  const { op, attributes } = pooled.producer
  const { shape } = pooled
  return operation.graph.node(op, operation.inputs, [{ shape }, { shape, dtype: 'int64' }], {
    attributes: { ...attributes, storage_order: integerAttribute(operation, 'storage_order', 0) },
  })
}

/** Scales that come out of a computation: today's form takes them too, but not the rounding of version 10. */
function resizedByUnknown({
  op,
  graph,
  inputs: [x, scales],
  attributes,
  seen,
}: Operation): Value | undefined {
  const type = seen?.(0)
  if (!type) return undefined
  const mode = stringAttribute({ attributes }, 'mode', 'nearest')
  if (op === 'Resize' && mode === 'nearest')
    throw operatorError(op, 'scales of version 10 that are not known beforehand', [x, scales])
  const form = { mode, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  return graph.node('Resize', [x, undefined, scales], [type], { attributes: form })[0]
}

/** Versions 9 and 10 knew one way to place the samples; Upsample was Resize's name before. */
export const resizing: Operator = operation => {
  const { op, inputs, attributes, graph, opset, contentOf } = operation
  const [x] = operands(operation, 1)
  const rank = x.shape.length
  const old = op === 'Upsample' || opset < 11
  const numbersIn = (index: number) => {
    const content = contentOf(inputs[index])
    return content?.data.length ? numbersOf(content) : undefined
  }
  const scaleList = attributes.scales
  const scales =
    typeof scaleList === 'object' && 'floats' in scaleList ? scaleList.floats : numbersIn(old ? 1 : 2)
  const sizes = old ? undefined : numbersIn(3)
  const axes = (integersAttribute({ attributes }, 'axes') ?? x.shape.map((_, axis) => axis)).map(axis =>
    normalAxis(axis, rank),
  )
  if ((sizes ?? scales)?.length !== axes.length) return old ? resizedByUnknown(operation) : undefined
  // The part that is resized is a setting too, although it looks like a weight.
  const part = old ? undefined : contentOf(inputs[1])
  const region = part ? graph.constant(part) : inputs[1]
  const resized = (operands: (Value | undefined)[], shape: Shape, form: Attributes, of = x) =>
    graph.node('Resize', [of, ...operands], [{ shape }], { attributes: form })[0]
  if (sizes) {
    const policy = stringAttribute({ attributes }, 'keep_aspect_ratio_policy', 'stretch')
    const shape = [...x.shape]
    const ratios = axes.map((axis, i) => Math.fround(sizes[i] / x.shape[axis]))
    const common = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios)
    axes.forEach((axis, i) => {
      shape[axis] = policy === 'stretch' ? sizes[i] : Math.round(Math.fround(common * x.shape[axis]))
    })
    return resized([region, undefined, inputs[3]], shape, attributes)
  }
  const shapeBy = (factors: readonly number[], shape: Shape) => {
    const result = [...shape]
    // In single precision, as the engine computes it: 10 times the float next to 0.7 is 7 there.
    axes.forEach((axis, i) => {
      result[axis] = Math.floor(Math.fround(shape[axis] * Math.fround(factors[i])))
    })
    return result
  }
  const factors = (list: readonly number[]) => graph.constant(float32([list.length], [...list]))
  if (!old) return resized([region, factors(scales!)], shapeBy(scales!, x.shape), attributes)

  const form = {
    mode: stringAttribute({ attributes }, 'mode', 'nearest'),
    coordinate_transformation_mode: 'asymmetric',
  }
  if (form.mode !== 'nearest') return resized([undefined, factors(scales!)], shapeBy(scales!, x.shape), form)
  // They took the next element along axes that shrink and the one before along axes that grow.
  const growing = scales!.map(scale => Math.max(scale, 1))
  const shrinking = scales!.map(scale => Math.min(scale, 1))
  const by = (of: Value, list: readonly number[], rounding: string) =>
    list.every(scale => scale === 1)
      ? of
      : resized([undefined, factors(list)], shapeBy(list, of.shape), { ...form, nearest_mode: rounding }, of)
  return by(by(x, shrinking, 'ceil'), growing, 'floor')
}
