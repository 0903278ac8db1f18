/**
 * Convolution and transposed convolution, over one to three spatial axes, and their gradients.
 *
 * With y = conv(x, w), where stride s, dilation d, padding p:
 *   dx is the transposed convolution of dy with w (stride s, padding p). For stride 1 that is a convolution of
 *   dy with the kernel flipped and its channel axes swapped, padding d (k - 1) - p, which engines run faster.
 *   dw is a correlation of x with dy: the batch is summed over like input channels, the kernel is all of dy, and
 *   stride and dilation change places. To make one large matrix product of it, x's channels become a leading
 *   spatial axis of extent C over which the kernel has extent 1:
 *     conv( x as (1, N, C, H, W),  dy as (K, N, 1, H', W') )  ->  dw as (1, K, C, kh, kw).
 *   The engine unfolds x blockwise in its cache, so no unfolded copy is ever stored.
 *   A kernel of one pixel needs no unfolding: dw is the sum of dy x^T over images and pixels, a plain product.
 * Both are nodes of the same family, so they can be differentiated again.
 */
import { type Attributes, type Node, operatorError, type Value } from '../graph.ts'
import { type Shape, sizeOf } from '../tensor.ts'
import { reshape, reverse, slice, transpose } from './layout.ts'
import { matmul } from './linear.ts'
import { reduceSum } from './reduce.ts'
import { integerAttribute, integersAttribute, type RuleContext, type Rules } from './rule.ts'

export interface ConvolutionOptions {
  stride?: number | readonly number[]
  /** the same on all sides, one per spatial axis, or all begins followed by all ends */
  pads?: number | readonly number[]
  dilation?: number | readonly number[]
  groups?: number
}

interface Geometry {
  strides: readonly number[]
  begins: readonly number[]
  ends: readonly number[]
  dilations: readonly number[]
  group: number
}

const perAxis = (
  option: number | readonly number[] | undefined,
  rank: number,
  fallback: number,
): readonly number[] =>
  typeof option === 'object' ? option : Array.from({ length: rank }, () => option ?? fallback)

export function padsOf(pads: number | readonly number[] | undefined, rank: number): number[] {
  const list = perAxis(pads, rank, 0)
  return list.length === 2 * rank ? [...list] : [...list, ...list]
}

function geometryOf(options: ConvolutionOptions, rank: number): Geometry {
  const pads = padsOf(options.pads, rank)
  return {
    strides: perAxis(options.stride, rank, 1),
    begins: pads.slice(0, rank),
    ends: pads.slice(rank),
    dilations: perAxis(options.dilation, rank, 1),
    group: options.groups ?? 1,
  }
}

const geometryOfNode = (node: Node, rank: number): Geometry =>
  geometryOf(
    {
      stride: integersAttribute(node, 'strides'),
      pads: integersAttribute(node, 'pads'),
      dilation: integersAttribute(node, 'dilations'),
      groups: integerAttribute(node, 'group', 1),
    },
    rank,
  )

const attributesOf = ({ strides, begins, ends, dilations, group }: Geometry, kernel: Shape): Attributes => ({
  strides,
  pads: [...begins, ...ends],
  dilations,
  group,
  kernel_shape: kernel,
})

function convolve(x: Value, weight: Value, bias: Value | undefined, geometry: Geometry): Value {
  const kernel = weight.shape.slice(2)
  const { strides, begins, ends, dilations, group } = geometry
  if (
    x.shape.length !== weight.shape.length ||
    x.shape[1] !== weight.shape[1] * group ||
    weight.shape[0] % group
  ) {
    throw operatorError(
      'Conv',
      'input and weight do not fit',
      [x, weight, bias],
      'x (n, c, ...), weight (k, c / groups, ...)',
    )
  }
  const spatial = kernel.map((size, axis) =>
    Math.floor(
      (x.shape[axis + 2] + begins[axis] + ends[axis] - dilations[axis] * (size - 1) - 1) / strides[axis] + 1,
    ),
  )
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0]))
    throw operatorError('Conv', 'the bias does not fit', [x, weight, bias], 'bias (k)')
  if (spatial.some(extent => extent < 1))
    throw operatorError('Conv', 'the kernel is larger than the padded input', [x, weight])
  const shape = [x.shape[0], weight.shape[0], ...spatial]
  return x.graph.node('Conv', bias ? [x, weight, bias] : [x, weight], [{ shape }], {
    attributes: attributesOf(geometry, kernel),
  })[0]
}

/** x (n, c, ...spatial), weight (k, c / groups, ...kernel), bias (k) -> (n, k, ...). */
export const conv = (x: Value, weight: Value, options: ConvolutionOptions & { bias?: Value } = {}): Value =>
  convolve(x, weight, options.bias, geometryOf(options, weight.shape.length - 2))

function convolveTransposed(
  x: Value,
  weight: Value,
  bias: Value | undefined,
  geometry: Geometry,
  outputPadding: readonly number[],
): Value {
  const kernel = weight.shape.slice(2)
  const { strides, begins, ends, dilations, group } = geometry
  if (x.shape.length !== weight.shape.length || x.shape[1] !== weight.shape[0] || x.shape[1] % group) {
    throw operatorError(
      'ConvTranspose',
      'input and weight do not fit',
      [x, weight, bias],
      'x (n, c, ...), weight (c, k / groups, ...)',
    )
  }
  const spatial = kernel.map(
    (size, axis) =>
      strides[axis] * (x.shape[axis + 2] - 1) +
      outputPadding[axis] +
      (size - 1) * dilations[axis] +
      1 -
      begins[axis] -
      ends[axis],
  )
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[1] * group))
    throw operatorError('ConvTranspose', 'the bias does not fit', [x, weight, bias], 'bias (k)')
  const shape = [x.shape[0], weight.shape[1] * group, ...spatial]
  const attributes = { ...attributesOf(geometry, kernel), output_padding: outputPadding }
  return x.graph.node('ConvTranspose', bias ? [x, weight, bias] : [x, weight], [{ shape }], { attributes })[0]
}

/** The transpose of `conv` as a linear map: x (n, c, ...), weight (c, k / groups, ...kernel) -> (n, k, ...). */
export function convTranspose(
  x: Value,
  weight: Value,
  options: ConvolutionOptions & { bias?: Value; outputPadding?: number | readonly number[] } = {},
): Value {
  const rank = weight.shape.length - 2
  return convolveTransposed(
    x,
    weight,
    options.bias,
    geometryOf(options, rank),
    perAxis(options.outputPadding, rank, 0),
  )
}

/** Channel axes of a kernel change places, group by group: (k, c / groups, ...) -> (c, k / groups, ...). */
function swapChannels(weight: Value, group: number): Value {
  const [k, c, ...kernel] = weight.shape
  if (group === 1) return channelsFirst(weight)
  if (k === group && c === 1) return weight
  const byGroup = reshape(weight, [group, k / group, c, ...kernel])
  const swapped = transpose(byGroup, [0, 2, 1, ...kernel.map((_, axis) => axis + 3)])
  return reshape(swapped, [group * c, k / group, ...kernel])
}

/** The input of a convolution from its output: see the head of the file. */
function inputGradient(dy: Value, weight: Value, geometry: Geometry, xShape: Shape): Value {
  const kernel = weight.shape.slice(2)
  const { strides, begins, ends, dilations, group } = geometry
  const reach = kernel.map((size, axis) => dilations[axis] * (size - 1))
  const flippable =
    strides.every(stride => stride === 1) && reach.every((r, axis) => r >= begins[axis] && r >= ends[axis])
  if (flippable) {
    const axes = kernel.flatMap((size, axis) => (size > 1 ? [axis + 2] : []))
    const swapped = swapChannels(weight, group)
    const flipped = axes.length ? reverse(swapped, axes) : swapped
    const full = {
      ...geometry,
      begins: reach.map((r, axis) => r - begins[axis]),
      ends: reach.map((r, axis) => r - ends[axis]),
    }
    return convolve(dy, flipped, undefined, full)
  }
  // Rows of x that the last stride does not reach get their zeros as output padding.
  const outputPadding = kernel.map(
    (_, axis) =>
      xShape[axis + 2] -
      (strides[axis] * (dy.shape[axis + 2] - 1) + reach[axis] + 1 - begins[axis] - ends[axis]),
  )
  return convolveTransposed(dy, weight, undefined, geometry, outputPadding)
}

/** The weight of a convolution from its input and the gradient of its output: see the head of the file. */
function weightGradient(x: Value, dy: Value, geometry: Geometry, wShape: Shape): Value {
  const { strides, begins, ends, dilations, group } = geometry
  const [n, c, ...size] = x.shape
  const [, k, ...outputSize] = dy.shape
  const kernel = wShape.slice(2)
  const isPadded = [...begins, ...ends].some(extent => extent !== 0)
  if (group === 1 && !isPadded && sizeOf(kernel) === 1)
    return reshape(sumOfProducts(dy, everyNth(x, strides, outputSize)), wShape)
  const dyByChannel = channelsFirst(dy)
  if (kernel.length === 3) return weightGradientOfRankThree(x, dyByChannel, geometry, wShape)

  // Groups of the wanted correlation are groups of channels: each sees the whole batch of its own channels.
  const images =
    group === 1
      ? reshape(x, [1, n, c, ...size])
      : reshape(
          transpose(reshape(x, [n, group, c / group, ...size]), [
            1,
            0,
            2,
            ...size.map((_, axis) => axis + 3),
          ]),
          [1, group * n, c / group, ...size],
        )
  const kernels = reshape(dyByChannel, [k, n, 1, ...outputSize])
  const correlated = convolve(images, kernels, undefined, {
    strides: [1, ...dilations],
    dilations: [1, ...strides],
    begins: [0, ...begins],
    ends: [0, ...ends],
    group,
  })
  // Where the stride leaves rows of x unused, the correlation reaches further than the kernel did.
  const trimmed = correlated.shape.slice(3).some((extent, axis) => extent !== kernel[axis])
    ? slice(
        correlated,
        kernel.map((extent, axis) => ({ axis: axis + 3, end: extent })),
      )
    : correlated
  return reshape(trimmed, wShape)
}

/** The pixels of x that a kernel of one pixel sees: (n, c, ...size) -> (n, c, ...outputSize). */
const everyNth = (x: Value, strides: readonly number[], outputSize: Shape): Value =>
  strides.every(stride => stride === 1)
    ? x
    : slice(
        x,
        outputSize.map((extent, axis) => ({
          axis: axis + 2,
          end: strides[axis] * (extent - 1) + 1,
          step: strides[axis],
        })),
      )

/** Maps of up to as many pixels are joined to one product for the whole batch, as those of an image are too few for one. */
const largestJoined = 14 * 14

/** The sum over images and pixels of a b^T: a (n, k, ...size), b (n, c, ...size) -> (k, c). */
function sumOfProducts(a: Value, b: Value): Value {
  const [n, k, ...size] = a.shape
  const [, c] = b.shape
  const pixels = sizeOf(size)
  const right = reshape(b, [n, c, pixels])
  if (pixels > largestJoined)
    return reduceSum(matmul(reshape(a, [n, k, pixels]), transpose(right, [0, 2, 1])), [0])
  const joined = reshape(transpose(right, [1, 0, 2]), [c, n * pixels])
  return matmul(reshape(channelsFirst(a), [k, n * pixels]), transpose(joined, [1, 0]))
}

/** (n, c, ...size) -> (c, n, ...size) */
const channelsFirst = (x: Value): Value =>
  transpose(x, [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)])

/**
 * Three spatial axes leave no fourth to put the channels on. One case is needed: the weight gradient above is
 * itself such a convolution (batch 1, depth extent 1), and its weight gradient is a plain convolution again.
 */
function weightGradientOfRankThree(x: Value, dyByChannel: Value, geometry: Geometry, wShape: Shape): Value {
  const [n, c, depth, ...size] = x.shape
  const { strides, begins, ends, dilations, group } = geometry
  if (n !== 1 || wShape[2] !== 1 || group !== 1 || strides[0] !== 1 || begins[0] || ends[0]) {
    throw operatorError(
      'Conv',
      'the weight gradient of a three-dimensional convolution is not defined here',
      [x],
    )
  }
  const [k, , , ...outputSize] = dyByChannel.shape
  const correlated = convolve(
    reshape(x, [c, depth, ...size]),
    reshape(dyByChannel, [k, depth, ...outputSize]),
    undefined,
    {
      strides: dilations.slice(1),
      dilations: strides.slice(1),
      begins: begins.slice(1),
      ends: ends.slice(1),
      group: 1,
    },
  )
  const trimmed = slice(
    correlated,
    wShape.slice(3).map((extent, axis) => ({ axis: axis + 2, end: extent })),
  )
  return reshape(transpose(trimmed, [1, 0, 2, 3]), wShape)
}

const biasGradient = (dy: Value): Value =>
  reduceSum(
    dy,
    dy.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis])),
  )

/**
 * The same convolution, transposed or not, with the batch as a leading spatial axis: x as (1, C, N, H, W), kernel extent 1
 * along it. One large matrix product then serves the whole batch, where the maps of one image are too small for one.
 */
export function convFoldingBatch(node: Node, [x, weight, bias]: readonly Value[]): Value {
  const [n, c, ...size] = x.shape
  const [first, second, ...kernel] = weight.shape
  const { strides, begins, ends, dilations, group } = geometryOfNode(node, kernel.length)
  const images = reshape(channelsFirst(x), [1, c, n, ...size])
  const kernels = reshape(weight, [first, second, 1, ...kernel])
  const geometry = {
    strides: [1, ...strides],
    begins: [0, ...begins],
    ends: [0, ...ends],
    dilations: [1, ...dilations],
    group,
  }
  const outputPadding = integersAttribute(node, 'output_padding') ?? kernel.map(() => 0)
  const folded =
    node.op === 'Conv'
      ? convolve(images, kernels, bias, geometry)
      : convolveTransposed(images, kernels, bias, geometry, [0, ...outputPadding])
  const [, k, , ...outputSize] = folded.shape
  return channelsFirst(reshape(folded, [k, n, ...outputSize]))
}

export const rules: Rules = {
  Conv: ({ node, inputs: [x, weight, bias], gradient, wants }: RuleContext) => {
    const geometry = geometryOfNode(node, weight.shape.length - 2)
    return [
      wants(0) ? inputGradient(gradient, weight, geometry, x.shape) : undefined,
      wants(1) ? weightGradient(x, gradient, geometry, weight.shape) : undefined,
      bias && wants(2) ? biasGradient(gradient) : undefined,
    ]
  },
  // The transposed convolution's transpose is the convolution; x and dy change roles in the weight's gradient.
  ConvTranspose: ({ node, inputs: [x, weight, bias], gradient, wants }: RuleContext) => {
    const geometry = geometryOfNode(node, weight.shape.length - 2)
    const fits = (value: Value) =>
      String(value.shape) === String(x.shape)
        ? value
        : slice(
            value,
            x.shape.map((extent, axis) => ({ axis, end: extent })),
          )
    return [
      wants(0) ? fits(convolve(gradient, weight, undefined, geometry)) : undefined,
      wants(1) ? weightGradient(gradient, x, geometry, weight.shape) : undefined,
      bias && wants(2) ? biasGradient(gradient) : undefined,
    ]
  },
}
