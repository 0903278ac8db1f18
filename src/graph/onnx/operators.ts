/**
 * What each ONNX operator of an imported model becomes in the graph language: one line per operator, which works out
 * shapes and puts older versions of the operator (from version 9 of the standard set on) into today's form.
 *
 * Operators that only move or count elements by numbers known beforehand (Reshape, Shape, Range) need those numbers as
 * constants. Where they are not, or where an operator is not in the table, the importer falls back on shapes that a
 * probing run has seen.
 */
import { type Attributes, elementsOf, type Graph, type Value } from '../graph.ts'
import { conv, convTranspose } from '../ops/convolution.ts'
import { broadcastShapes, cast, clip, where } from '../ops/elementwise.ts'
import { concat, expand, gather, pad, reshape, slice, split, transpose } from '../ops/layout.ts'
import { gemm, matmul } from '../ops/linear.ts'
import { batchNorm } from '../ops/normalisation.ts'
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from '../ops/pooling.ts'
import { normaliseAxes } from '../ops/reduce.ts'
import { floatAttribute, integerAttribute, integersAttribute, stringAttribute } from '../rule.ts'
import { type DType, float32, int64, type Shape, sizeOf, type Tensor } from '../tensor.ts'
import { numbersOf, sliceIndices } from './constant-folding.ts'
import { dtypeOfOnnx } from './data-types.ts'

export interface Operation {
  readonly op: string
  readonly graph: Graph
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes: Attributes
  /** version of the standard operators that the model was written in */
  readonly opset: number
  /** how many outputs the model names */
  readonly outputs: number
  /** the content of an operand that is known beforehand */
  readonly contentOf: (value: Value | undefined) => Tensor | undefined
  /** the number of pictures that a model with a fixed number was exported for, where it is asked for another */
  readonly fixedBatch?: { from: number; to: number }
}

/** undefined: what must be known beforehand is not */
type Operator = (operation: Operation) => Value | readonly Value[] | undefined

const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Integers that stood in an attribute in older versions, and stand in an operand now; undefined where in neither. */
function listOf({ inputs, attributes, contentOf }: Operation, index: number, attribute: string) {
  const operand = inputs[index]
  if (!operand) return integersAttribute({ attributes }, attribute)
  const content = contentOf(operand)
  return content && numbersOf(content)
}

const isKnown = ({ inputs, contentOf }: Operation, index: number): boolean =>
  inputs[index] === undefined || contentOf(inputs[index]) !== undefined

/** Appends the operator as it is. */
const asIs = ({ op, inputs, attributes, graph }: Operation, shape: Shape, dtype?: DType): Value =>
  graph.node(op, inputs, [{ shape, dtype: dtype ?? inputs[0]!.dtype }], { attributes })[0]

const unary: Operator = operation => asIs(operation, operation.inputs[0]!.shape)

const variadic =
  (dtype?: DType): Operator =>
  operation => {
    const shape = operation.inputs.reduce<Shape | undefined>(
      (whole, input) => whole && broadcastShapes(whole, input!.shape),
      [],
    )
    return shape && asIs(operation, shape, dtype)
  }

const axesOf = (operation: Operation, index: number, rank: number): number[] | undefined => {
  if (!isKnown(operation, index)) return undefined
  return listOf(operation, index, 'axes')?.map(axis => normalAxis(axis, rank))
}

const reduction: Operator = operation => {
  const { op, graph, inputs, attributes } = operation
  const x = inputs[0]!
  const rank = x.shape.length
  if (!isKnown(operation, 1)) return undefined
  const given = axesOf(operation, 1, rank)
  if (!given?.length && integerAttribute({ attributes }, 'noop_with_empty_axes', 0)) return x
  const axes = normaliseAxes(given, rank)
  const keep = integerAttribute({ attributes }, 'keepdims', 1) === 1
  const shape = keep
    ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : x.shape.filter((_, axis) => !axes.includes(axis))
  return graph.node(op, [x, graph.constant(int64([axes.length], axes))], [{ shape }], {
    attributes: { keepdims: keep ? 1 : 0 },
  })[0]
}

const argument: Operator = operation => {
  const [x] = operation.inputs
  const axis = normalAxis(integerAttribute(operation, 'axis', 0), x!.shape.length)
  const keep = integerAttribute(operation, 'keepdims', 1) === 1
  const shape = keep
    ? x!.shape.map((extent, at) => (at === axis ? 1 : extent))
    : x!.shape.filter((_, at) => at !== axis)
  return asIs(operation, shape, 'int64')
}

/** Before version 13, everything from the axis on was one axis, and the axis 1 unless given. */
const softmax: Operator = operation => {
  const { op, graph, inputs, attributes, opset } = operation
  const x = inputs[0]!
  const rank = x.shape.length
  const axis = normalAxis(integerAttribute({ attributes }, 'axis', opset < 13 ? 1 : -1), rank)
  const over = (value: Value, at: number) =>
    graph.node(op, [value], [{ shape: value.shape }], { attributes: { axis: at } })[0]
  if (opset >= 13 || axis === rank - 1) return over(x, axis)
  return reshape(over(reshape(x, [sizeOf(x.shape.slice(0, axis)), -1]), 1), x.shape)
}

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

const convolution: Operator = operation => {
  const [x, weight, bias] = operation.inputs
  const geometry = windowGeometry(operation, x!.shape.slice(2), weight!.shape.slice(2))
  return conv(x!, weight!, { ...geometry, groups: integerAttribute(operation, 'group', 1), bias })
}

const transposedConvolution: Operator = operation => {
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

const pooling =
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

const product: Operator = ({ inputs: [a, b] }) => {
  // A vector is a matrix with one row (left) or one column (right), whose axis the product drops.
  const left = a!.shape.length === 1 ? reshape(a!, [1, a!.shape[0]]) : a!
  const right = b!.shape.length === 1 ? reshape(b!, [b!.shape[0], 1]) : b!
  const whole = matmul(left, right)
  if (left === a && right === b) return whole
  const rank = whole.shape.length
  return reshape(
    whole,
    whole.shape.filter(
      (_, axis) => !(axis === rank - 2 && left !== a) && !(axis === rank - 1 && right !== b),
    ),
  )
}

const reshaping: Operator = operation => {
  const { inputs, attributes, fixedBatch } = operation
  const x = inputs[0]!
  const target = listOf(operation, 1, 'shape')
  if (!target) return undefined
  const zeroStays = integerAttribute({ attributes }, 'allowzero', 0) === 1
  const shape = target.map((extent, axis) => (extent === 0 && !zeroStays ? x.shape[axis] : extent))
  // A model that was exported for one number of pictures has it in its shapes.
  if (fixedBatch && shape[0] === fixedBatch.from && x.shape[0] === fixedBatch.to) shape[0] = fixedBatch.to
  return reshape(x, shape)
}

const squeezing: Operator = operation => {
  const x = operation.inputs[0]!
  if (!isKnown(operation, 1)) return undefined
  const axes = axesOf(operation, 1, x.shape.length)
  return reshape(
    x,
    x.shape.filter((extent, axis) => (axes ? !axes.includes(axis) : extent !== 1)),
  )
}

const unsqueezing: Operator = operation => {
  const x = operation.inputs[0]!
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

const flattening: Operator = operation => {
  const x = operation.inputs[0]!
  const axis = normalAxis(integerAttribute(operation, 'axis', 1), x.shape.length)
  return reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))])
}

const expansion: Operator = operation => {
  const x = operation.inputs[0]!
  const target = listOf(operation, 1, 'shape')
  const shape = target && broadcastShapes(x.shape, target)
  return shape && expand(x, shape)
}

const slicing: Operator = operation => {
  const x = operation.inputs[0]!
  if (![1, 2, 3, 4].every(index => isKnown(operation, index))) return undefined
  const starts = listOf(operation, 1, 'starts')!
  const ends = listOf(operation, 2, 'ends')!
  const axes = listOf(operation, 3, 'axes') ?? starts.map((_, axis) => axis)
  const steps = listOf(operation, 4, 'steps') ?? starts.map(() => 1)
  const ranges = axes.map((given, i) => {
    const axis = normalAxis(given, x.shape.length)
    const indices = sliceIndices(x.shape[axis], starts[i], ends[i], steps[i])
    if (indices.length === 0) return { axis, start: 0, end: 0, step: 1 }
    const end = indices.at(-1)! + Math.sign(steps[i])
    return { axis, start: indices[0], end: end < 0 ? undefined : end, step: steps[i] }
  })
  const whole = ranges.every(
    ({ axis, start, end, step }) => step === 1 && start === 0 && end === x.shape[axis],
  )
  return whole ? x : slice(x, ranges)
}

const splitting: Operator = operation => {
  const x = operation.inputs[0]!
  if (!isKnown(operation, 1)) return undefined
  const axis = normalAxis(integerAttribute(operation, 'axis', 0), x.shape.length)
  const extent = x.shape[axis]
  const count = integerAttribute(operation, 'num_outputs', operation.outputs)
  const even = Math.ceil(extent / count)
  const parts =
    listOf(operation, 1, 'split') ??
    Array.from({ length: count }, (_, i) => Math.min(even, extent - i * even))
  return split(x, parts, axis)
}

const padding: Operator = operation => {
  const { inputs, attributes, contentOf } = operation
  const x = inputs[0]!
  const mode = stringAttribute({ attributes }, 'mode', 'constant')
  if (![1, 2, 3].every(index => isKnown(operation, index))) return undefined
  const amounts = listOf(operation, 1, 'pads')
  if (!amounts || (mode !== 'constant' && mode !== 'reflect' && mode !== 'edge')) return undefined
  const axes = listOf(operation, 3, 'axes') ?? x.shape.map((_, axis) => axis)
  const before = x.shape.map(() => 0)
  const after = x.shape.map(() => 0)
  axes.forEach((given, i) => {
    const axis = normalAxis(given, x.shape.length)
    before[axis] = amounts[i]
    after[axis] = amounts[i + axes.length]
  })
  if ([...before, ...after].every(amount => amount === 0)) return x
  const content = contentOf(inputs[2])
  return pad(
    x,
    before,
    after,
    content ? numbersOf(content)[0] : floatAttribute({ attributes }, 'value', 0),
    mode,
  )
}

const tiling: Operator = operation => {
  const x = operation.inputs[0]!
  const repeats = listOf(operation, 1, 'repeats')
  return (
    repeats &&
    asIs(
      operation,
      x.shape.map((extent, axis) => extent * repeats[axis]),
    )
  )
}

const toSpace: Operator = operation => {
  const [n, c, h, w] = operation.inputs[0]!.shape
  const block = integerAttribute(operation, 'blocksize', 1)
  return asIs(operation, [n, c / block ** 2, h * block, w * block])
}

const toDepth: Operator = operation => {
  const [n, c, h, w] = operation.inputs[0]!.shape
  const block = integerAttribute(operation, 'blocksize', 1)
  return asIs(operation, [n, c * block ** 2, h / block, w / block])
}

const gatherN: Operator = operation => {
  const [x, indices] = operation.inputs as readonly Value[]
  const batch = integerAttribute(operation, 'batch_dims', 0)
  return asIs(operation, [...indices.shape.slice(0, -1), ...x.shape.slice(batch + indices.shape.at(-1)!)])
}

const oneHotOf: Operator = operation => {
  const [indices, , values] = operation.inputs as readonly Value[]
  const depth = listOf(operation, 1, 'depth')
  if (!depth) return undefined
  const axis = normalAxis(integerAttribute(operation, 'axis', -1), indices.shape.length + 1)
  const shape = [...indices.shape.slice(0, axis), depth[0], ...indices.shape.slice(axis)]
  return asIs(operation, shape, values.dtype)
}

const largest: Operator = operation => {
  const { inputs, attributes, graph } = operation
  const x = inputs[0]!
  const k = listOf(operation, 1, 'k') ?? [integerAttribute({ attributes }, 'k', 0)]
  if (!(k[0] > 0)) return undefined
  const axis = normalAxis(integerAttribute({ attributes }, 'axis', -1), x.shape.length)
  const shape = x.shape.map((extent, at) => (at === axis ? k[0] : extent))
  const { k: _, ...rest } = attributes
  return graph.node('TopK', [x, graph.constant(int64([1], [k[0]]))], [{ shape }, { shape, dtype: 'int64' }], {
    attributes: rest,
  })
}

/** Versions 9 and 10 knew one way to place the samples; Upsample was Resize's name before. */
const resizing: Operator = operation => {
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

/** Up to version 20, scale and bias were one per group. */
const groupNorm: Operator = ({ op, graph, inputs, attributes, opset }) => {
  const [x, scale, bias] = inputs as readonly Value[]
  const channels = x.shape[1]
  const each = (vector: Value) =>
    opset >= 21 || vector.shape[0] === channels
      ? vector
      : reshape(expand(reshape(vector, [-1, 1]), [vector.shape[0], channels / vector.shape[0]]), [channels])
  return graph.node(op, [x, each(scale), each(bias)], [{ shape: x.shape }], { attributes })[0]
}

const einsum: Operator = operation => {
  const [terms, result] = stringAttribute(operation, 'equation', '').replaceAll(' ', '').split('->')
  const extents = new Map<string, number>()
  const parts = terms.split(',')
  if (result === undefined || terms.includes('.')) return undefined
  parts.forEach((part, i) => {
    ;[...part].forEach((letter, axis) => {
      extents.set(letter, operation.inputs[i]!.shape[axis])
    })
  })
  return asIs(
    operation,
    [...result].map(letter => extents.get(letter)!),
  )
}

const bounds: Operator = ({ inputs: [x, low, high], attributes, graph }) => {
  if (low || high) return graph.node('Clip', [x, low, high], [{ shape: x!.shape }])[0]
  const bound = (name: string) =>
    attributes[name] === undefined ? undefined : floatAttribute({ attributes }, name, 0)
  return clip(x!, bound('min'), bound('max'))
}

const casting: Operator = operation => {
  const dtype = dtypeOfOnnx(integerAttribute(operation, 'to', 1))
  // Half precision is computed in single.
  return dtype && cast(operation.inputs[0]!, dtype.includes('float16') ? 'float32' : dtype)
}

const same = (names: string, operator: Operator): Record<string, Operator> =>
  Object.fromEntries(names.split(' ').map(name => [name, operator]))

export const operators: Readonly<Record<string, Operator>> = {
  ...same(
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh CumSum Elu Erf Exp Floor Gelu HardSigmoid HardSwish ' +
      'LRN LayerNormalization LeakyRelu Log LpNormalization MeanVarianceNormalization Mish Neg Not PRelu Reciprocal ' +
      'Relu Round ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ' +
      'ThresholdedRelu Trilu InstanceNormalization',
    unary,
  ),
  ...same('Add Sub Mul Div Pow Mod Max Min Sum Mean', variadic()),
  ...same('And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual', variadic('bool')),
  ...same(
    'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
    reduction,
  ),
  ...same('ArgMax ArgMin', argument),
  ...same('Softmax LogSoftmax Hardmax', softmax),
  ...same('Resize Upsample', resizing),
  AveragePool: pooling(averagePool),
  BatchNormalization: operation => {
    const [x, scale, bias, mean, variance] = operation.inputs as readonly Value[]
    return batchNorm(x, scale, bias, mean, variance, floatAttribute(operation, 'epsilon', 1e-5))
  },
  Cast: casting,
  Clip: bounds,
  Concat: operation => concat(operation.inputs as readonly Value[], integerAttribute(operation, 'axis', 1)),
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  DepthToSpace: toSpace,
  // Networks that are looked at drop nothing.
  Dropout: ({ inputs: [x] }) => x,
  Einsum: einsum,
  Expand: expansion,
  Flatten: flattening,
  Gather: operation => {
    const [x, indices] = operation.inputs as readonly Value[]
    return gather(x, indices, integerAttribute(operation, 'axis', 0))
  },
  GatherElements: operation => asIs(operation, operation.inputs[1]!.shape),
  GatherND: gatherN,
  Gemm: operation => {
    const [a, b, c] = operation.inputs as readonly Value[]
    return gemm(a, b, c, {
      transA: integerAttribute(operation, 'transA', 0) === 1,
      transB: integerAttribute(operation, 'transB', 0) === 1,
      alpha: floatAttribute(operation, 'alpha', 1),
      beta: floatAttribute(operation, 'beta', 1),
    })
  },
  GlobalAveragePool: ({ inputs: [x] }) => globalAveragePool(x!),
  GlobalMaxPool: ({ inputs: [x] }) => globalMaxPool(x!),
  GroupNormalization: groupNorm,
  Identity: ({ inputs: [x] }) => x,
  MatMul: product,
  MaxPool: pooling(maxPool),
  OneHot: oneHotOf,
  Pad: padding,
  Reshape: reshaping,
  Shape: ({ graph, inputs: [x], attributes }) => {
    const rank = x!.shape.length
    const start = integerAttribute({ attributes }, 'start', 0)
    const part = x!.shape.slice(start, integerAttribute({ attributes }, 'end', rank))
    return graph.constant(int64([part.length], part))
  },
  Size: ({ graph, inputs: [x] }) => graph.constant(elementsOf(x!), 'int64'),
  Slice: slicing,
  SpaceToDepth: toDepth,
  Split: splitting,
  Squeeze: squeezing,
  Tile: tiling,
  TopK: largest,
  Transpose: operation => transpose(operation.inputs[0]!, integersAttribute(operation, 'perm')),
  Unsqueeze: unsqueezing,
  Where: ({ inputs: [condition, a, b] }) => where(condition!, a!, b!),
}
