/**
 * Pooling over the spatial axes, and its gradients.
 *
 * The gradient of max pooling adds each window's gradient to the element that won it. Ties go to the first
 * element in reading order, as in PyTorch. The gradient of average pooling spreads each window's gradient evenly: a transposed convolution with a
 * constant kernel, or plain repetition where windows tile the input.
 */
import { type Attributes, type Node, operatorError, type Value } from '../graph.ts'
import { float32, sizeOf } from '../tensor.ts'
import { conv, convTranspose, padsOf } from './convolution.ts'
import { abs, cast, div, equal, mul, pow, where } from './elementwise.ts'
import { expand, pad, reshape, scatterAdd } from './layout.ts'
import { reduceSum } from './reduce.ts'
import {
  type Decompositions,
  integerAttribute,
  integersAttribute,
  type RuleContext,
  type Rules,
} from './rule.ts'

export interface PoolOptions {
  kernel: number | readonly number[]
  /** the kernel's extent unless given */
  stride?: number | readonly number[]
  pads?: number | readonly number[]
  dilation?: number | readonly number[]
  /** whether a last, partial window counts */
  ceil?: boolean
}

interface Windows {
  kernel: readonly number[]
  strides: readonly number[]
  begins: readonly number[]
  ends: readonly number[]
  dilations: readonly number[]
  ceil: boolean
}

function windowsOf(
  { kernel, stride = kernel, pads, dilation = 1, ceil = false }: PoolOptions,
  rank: number,
): Windows {
  const all = (option: number | readonly number[]) =>
    typeof option === 'object' ? option : Array<number>(rank).fill(option)
  const sides = padsOf(pads, rank)
  return {
    kernel: all(kernel),
    strides: all(stride),
    begins: sides.slice(0, rank),
    ends: sides.slice(rank),
    dilations: all(dilation),
    ceil,
  }
}

export const windowsOfNode = (node: Node): Windows => {
  const kernel = integersAttribute(node, 'kernel_shape')!
  const stride = integersAttribute(node, 'strides') ?? kernel.map(() => 1)
  const pads = integersAttribute(node, 'pads')
  const dilation = integersAttribute(node, 'dilations')
  return windowsOf(
    { kernel, stride, pads, dilation, ceil: integerAttribute(node, 'ceil_mode', 0) === 1 },
    kernel.length,
  )
}

function pooledExtent(
  extent: number,
  axis: number,
  { kernel, strides, begins, ends, dilations, ceil }: Windows,
): number {
  const reach = dilations[axis] * (kernel[axis] - 1) + 1
  const span = extent + begins[axis] + ends[axis] - reach
  if (!ceil) return Math.floor(span / strides[axis]) + 1
  const count = Math.ceil(span / strides[axis]) + 1
  // A window that would begin in the padding behind the input is left out.
  return (count - 1) * strides[axis] >= extent + begins[axis] ? count - 1 : count
}

/** Elements under one window; the gradient of an average needs a kernel of that many. */
const largestWindow = 2 ** 22

function pool(op: string, x: Value, windows: Windows, attributes: Attributes = {}): Value {
  const shape = [
    ...x.shape.slice(0, 2),
    ...x.shape.slice(2).map((extent, axis) => pooledExtent(extent, axis, windows)),
  ]
  if (shape.some(extent => extent < 1))
    throw operatorError(op, 'the window is larger than the padded input', [x])
  if (!(sizeOf(windows.kernel) <= largestWindow))
    throw operatorError(op, `a window of [${windows.kernel}]`, [x])
  return x.graph.node(op, [x], [{ shape }], { attributes: { ...attributesOf(windows), ...attributes } })[0]
}

const attributesOf = ({ kernel, strides, begins, ends, dilations, ceil }: Windows): Attributes => ({
  kernel_shape: kernel,
  strides,
  pads: [...begins, ...ends],
  ceil_mode: ceil ? 1 : 0,
  ...(dilations.some(dilation => dilation > 1) && { dilations }),
})

export const maxPool = (x: Value, options: PoolOptions): Value =>
  pool('MaxPool', x, windowsOf(options, x.shape.length - 2))

export const averagePool = (x: Value, options: PoolOptions & { countIncludePad?: boolean }): Value =>
  pool('AveragePool', x, windowsOf(options, x.shape.length - 2), {
    count_include_pad: options.countIncludePad ? 1 : 0,
  })

/** (sum of |x|^p)^(1 / p) of each window. */
export const lpPool = (x: Value, { p = 2, ...options }: PoolOptions & { p?: number }): Value =>
  pool('LpPool', x, windowsOf(options, x.shape.length - 2), { p })

const globalPool = (op: string, x: Value): Value =>
  x.graph.node(op, [x], [{ shape: x.shape.map((extent, axis) => (axis < 2 ? extent : 1)) }])[0]

/** Mean over the spatial axes, kept as extents of 1. */
export const globalAveragePool = (x: Value): Value => globalPool('GlobalAveragePool', x)
export const globalMaxPool = (x: Value): Value => globalPool('GlobalMaxPool', x)

/** Padding at the end, so that the windows are as many as the node's output has elements, the last perhaps partial. */
export function endsOf(
  { outputs: [output] }: Node,
  { kernel, strides, begins, dilations }: Windows,
  spatial: readonly number[],
) {
  return kernel.map((size, axis) => {
    const covered = (output.shape[axis + 2] - 1) * strides[axis] + dilations[axis] * (size - 1) + 1
    return Math.max(0, covered - spatial[axis] - begins[axis])
  })
}

/** (sum of |x|^p)^(1 / p); what is all zero has no derivative there, and its gradient is 0. */
function rooted(sum: Value, p: number): Value {
  if (p === 1) return sum
  const zero = equal(sum, 0)
  return where(zero, 0, pow(where(zero, 1, sum), 1 / p))
}

const powers = (x: Value, p: number): Value => (p === 1 ? abs(x) : p === 2 ? mul(x, x) : pow(abs(x), p))

export const decompositions: Decompositions = {
  LpPool: ({ node, inputs: [x] }) => {
    const p = integerAttribute(node, 'p', 2)
    const [n, c, ...spatial] = x.shape
    const windows = windowsOfNode(node)
    const { kernel, strides, begins, dilations } = windows
    const ones = float32([1, 1, ...kernel], new Float32Array(sizeOf(kernel)).fill(1))
    const sums = conv(powers(reshape(x, [n * c, 1, ...spatial]), p), x.graph.constant(ones), {
      stride: strides,
      pads: [...begins, ...endsOf(node, windows, spatial)],
      dilation: dilations,
    })
    return rooted(reshape(sums, node.outputs[0].shape), p)
  },
  GlobalLpPool: ({ node, inputs: [x] }) => {
    const p = integerAttribute(node, 'p', 2)
    const spatial = x.shape.map((_, axis) => axis).slice(2)
    return rooted(reduceSum(powers(x, p), spatial, true), p)
  },
}

/** Asks the forward node for the places of its maxima too, and adds each gradient there. */
function maxPoolRule({ node, inputs: [x], gradient }: RuleContext): [Value] {
  const places = rowMajorPlaces(node, x)
  const zeros = expand(x.graph.constant(0, x.dtype), [sizeOf(x.shape)])
  return [reshape(scatterAdd(zeros, reshape(places, [-1]), reshape(gradient, [-1])), x.shape)]
}

function rowMajorPlaces(node: Node, x: Value): Value {
  const place = { shape: node.outputs[0].shape, dtype: 'int64' as const }
  if (integerAttribute(node, 'storage_order', 0) === 0)
    return node.outputs[1] ?? x.graph.addOutput(node, place)
  // The file wants the places counted along columns; ours are found once more.
  const { storage_order: _, ...attributes } = node.attributes
  return x.graph.node(node.op, [x], [node.outputs[0], place], { attributes })[1]
}

function averagePoolRule({ node, inputs: [x], gradient }: RuleContext): [Value] {
  const windows = windowsOfNode(node)
  const { kernel, strides, begins, ends, dilations } = windows
  const [n, c, ...spatial] = x.shape
  const outputs = gradient.shape.slice(2)
  const includePad = integerAttribute(node, 'count_include_pad', 0) === 1

  // How many elements each window averages, along each axis; the product over axes is the divisor.
  const counts = kernel.map((size, axis) =>
    Array.from({ length: outputs[axis] }, (_, window) => {
      const first = window * strides[axis] - begins[axis]
      const [from, to] = includePad ? [-begins[axis], spatial[axis] + ends[axis]] : [0, spatial[axis]]
      const tap = (place: number) => Math.min(Math.max(Math.ceil((place - first) / dilations[axis]), 0), size)
      return tap(to) - tap(from)
    }),
  )
  const share = counts.reduce((whole, axisCounts, axis) => {
    const shape = axisCounts.map(() => 1)
    const at = counts.map((_, other) => (other === axis ? shape.length : 1))
    return div(whole, x.graph.constant({ dtype: 'float32', shape: at, data: Float32Array.from(axisCounts) }))
  }, gradient)

  const tiles = kernel.every(
    (size, axis) =>
      size === strides[axis] &&
      (size === 1 || dilations[axis] === 1) &&
      begins[axis] === 0 &&
      size * outputs[axis] === spatial[axis],
  )
  if (tiles) {
    const columns = [n, c, ...outputs.flatMap(extent => [extent, 1])]
    return [
      reshape(
        expand(reshape(share, columns), [n, c, ...outputs.flatMap((extent, axis) => [extent, kernel[axis]])]),
        x.shape,
      ),
    ]
  }
  const ones = x.graph.constant({
    dtype: 'float32',
    shape: [1, 1, ...kernel],
    data: new Float32Array(sizeOf(kernel)).fill(1),
  })
  const padded = convTranspose(reshape(share, [n * c, 1, ...outputs]), ones, {
    stride: strides,
    dilation: dilations,
  })
  // Cut the padding away in front; behind, cut it or add what no window reached.
  const after = spatial.map((extent, axis) => extent + begins[axis] - padded.shape[axis + 2])
  return [reshape(pad(padded, [0, 0, ...begins.map(begin => -begin)], [0, 0, ...after]), x.shape)]
}

export const rules: Rules = {
  MaxPool: maxPoolRule,
  AveragePool: averagePoolRule,
  GlobalAveragePool: ({ inputs: [x], gradient }) => [
    expand(div(gradient, sizeOf(x.shape.slice(2))), x.shape),
  ],
  GlobalMaxPool: ({ inputs: [x], output, gradient }) => {
    const spatial = x.shape.map((_, axis) => axis).slice(2)
    const wins = equal(x, output)
    return [where(wins, div(gradient, reduceSum(cast(wins, x.dtype), spatial, true)), 0)]
  },
}
