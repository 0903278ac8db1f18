/** Operators of an imported model that look through windows, or at another resolution: convolution, pooling, resizing. */
import { conv, convTranspose } from '../../ops/convolution.ts'
import type { averagePool } from '../../ops/pooling.ts'
import { integerAttribute, integersAttribute, stringAttribute } from '../../ops/rule.ts'
import { float32 } from '../../tensor.ts'
import { numbersOf } from '../constant-folding.ts'
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
  const [x, weight, bias] = operation.inputs
  const geometry = windowGeometry(operation, x!.shape.slice(2), weight!.shape.slice(2))
  return conv(x!, weight!, { ...geometry, groups: integerAttribute(operation, 'group', 1), bias })
}

export const transposedConvolution: Operator = operation => {
  const [x, weight, bias] = operation.inputs
  const auto = stringAttribute(operation, 'auto_pad', 'NOTSET')
  if (auto.startsWith('SAME') || integersAttribute(operation, 'output_shape')) return undefined
  return convTranspose(x!, weight!, {
    ...windowGeometry(operation, x!.shape.slice(2), weight!.shape.slice(2)),
    groups: integerAttribute(operation, 'group', 1),
    outputPadding: integersAttribute(operation, 'output_padding'),
    bias,
  })
}

export const pooling =
  (pool: typeof averagePool): Operator =>
  operation => {
    const [x] = operation.inputs
    const kernel = integersAttribute(operation, 'kernel_shape')
    if (!kernel || operation.outputs > 1) return undefined
    return pool(x!, {
      kernel,
      ...windowGeometry(operation, x!.shape.slice(2), kernel),
      ceil: integerAttribute(operation, 'ceil_mode', 0) === 1,
      countIncludePad: integerAttribute(operation, 'count_include_pad', 0) === 1,
    })
  }

/** Versions 9 and 10 knew one way to place the samples; Upsample was Resize's name before. */
export const resizing: Operator = operation => {
  const { op, inputs, attributes, graph, opset, contentOf } = operation
  const x = inputs[0]!
  const old = op === 'Upsample' || opset < 11
  const place = old ? 1 : 2
  const scaleList = attributes.scales
  const scales =
    typeof scaleList === 'object' && 'floats' in scaleList
      ? scaleList.floats
      : contentOf(inputs[place]) && numbersOf(contentOf(inputs[place])!)
  const sizes = contentOf(inputs[3])
  const axes = integersAttribute({ attributes }, 'axes') ?? x.shape.map((_, axis) => axis)
  const form = old
    ? {
        mode: stringAttribute({ attributes }, 'mode', 'nearest'),
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }
    : attributes
  const shape = [...x.shape]
  if (sizes?.data.length)
    numbersOf(sizes).forEach((size, i) => {
      shape[normalAxis(axes[i], x.shape.length)] = size
    })
  else if (scales?.length)
    scales.forEach((scale, i) => {
      const axis = normalAxis(axes[i], x.shape.length)
      shape[axis] = Math.floor(x.shape[axis] * scale)
    })
  else return undefined
  const operands = sizes?.data.length
    ? [x, undefined, undefined, inputs[3]]
    : [x, undefined, graph.constant(float32([scales!.length], [...scales!]))]
  return graph.node('Resize', operands, [{ shape }], { attributes: form })[0]
}
