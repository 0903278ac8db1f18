/**
 * Resizing, and its gradient.
 *
 * Whatever the mode, the coordinates and the rounding, every result is a weighted sum of elements along each axis in
 * turn: y = R_h x R_wᵀ. So the gradient is R_hᵀ dy R_w. The matrix of an axis is what the operator itself makes of the
 * identity matrix along that axis, with the attributes and scales of the node: the engine computes it once, when it
 * loads the graph, and no rule of the operator is written down twice.
 */
import { type Node, operatorError, type Value } from '../graph.ts'
import { float32, int64 } from '../tensor.ts'
import { cast } from './elementwise.ts'
import { reshape, transpose } from './layout.ts'
import { matmul, transposeMatrix } from './linear.ts'
import { integersAttribute, type RuleContext, type Rules, stringAttribute } from './rule.ts'

export type ResizeMode = 'linear' | 'nearest'
export type CoordinateMode = 'half_pixel' | 'pytorch_half_pixel' | 'align_corners' | 'asymmetric'

/** x (n, c, h, w) -> (n, c, height, width); 'half_pixel' is PyTorch's align_corners=False. */
export function resize(
  x: Value,
  height: number,
  width: number,
  mode: ResizeMode = 'linear',
  coordinates: CoordinateMode = 'half_pixel',
): Value {
  if (x.shape.length !== 4) throw operatorError('Resize', 'only (n, c, h, w) can be resized', [x])
  if (x.shape[2] === height && x.shape[3] === width) return x
  const shape = [x.shape[0], x.shape[1], height, width]
  const sizes = x.graph.constant(int64([4], shape))
  const attributes = { mode, coordinate_transformation_mode: coordinates, nearest_mode: 'floor' }
  return x.graph.node('Resize', [x, undefined, undefined, sizes], [{ shape }], { attributes })[0]
}

/** What a node does along one axis. */
interface AxisResize {
  /** the file's own scale, where it gave scales and not sizes */
  scale?: number
  /** the part of the axis that is resized, from 0 to 1, where the coordinates are relative to a part */
  part: readonly [start: number, end: number]
}

function numbersIn(node: Node, index: number): number[] | undefined {
  const value = node.inputs[index]
  if (!value) return undefined
  const content = value.graph.constantOf(value)
  if (!content)
    throw operatorError('Resize', `input ${index} must be constant for a gradient to pass`, node.inputs)
  return content.data.length ? Array.from(content.data, Number) : undefined
}

/** By axis; undefined where the axis stays as it is. */
function resizesOf(node: Node, from: Value, to: Value): (AxisResize | undefined)[] {
  const rank = from.shape.length
  const axes = (integersAttribute(node, 'axes') ?? from.shape.map((_, axis) => axis)).map(axis =>
    axis < 0 ? axis + rank : axis,
  )
  const crops = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize'
  const scales = numbersIn(node, 2)
  const parts = crops ? numbersIn(node, 1) : undefined
  return from.shape.map((extent, axis) => {
    const at = axes.indexOf(axis)
    if (at < 0) return undefined
    const scale = scales?.[at]
    const part = [parts?.[at] ?? 0, parts?.[at + axes.length] ?? 1] as const
    const whole = part[0] === 0 && part[1] === 1
    return extent === to.shape[axis] && (scale ?? 1) === 1 && whole ? undefined : { scale, part }
  })
}

/** Elements of the matrix of one axis. */
const largestMatrix = 2 ** 26

/** The (from, to) matrix of an axis, transposed: row k is what becomes of the k-th unit vector. */
function unitsResized(node: Node, { scale, part }: AxisResize, from: number, to: number): Value {
  const { graph } = node.outputs[0]
  if (from * Math.max(from, to) > largestMatrix)
    throw operatorError('Resize', `the gradient along an axis of ${from} elements is too large`, node.inputs)
  const units = new Float32Array(from * from)
  for (let k = 0; k < from; k++) units[k * from + k] = 1
  const image = graph.constant(float32([1, from, from, 1], units))
  const crops = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize'
  const region = crops ? graph.constant(float32([8], [0, 0, part[0], 0, 1, 1, part[1], 1])) : undefined
  const { axes: _, keep_aspect_ratio_policy: __, ...attributes } = node.attributes
  const inputs =
    scale === undefined
      ? [image, region, undefined, graph.constant(int64([4], [1, from, to, 1]))]
      : [image, region, graph.constant(float32([4], [1, 1, scale, 1]))]
  const [resized] = graph.node('Resize', inputs, [{ shape: [1, from, to, 1] }], {
    // Beyond the border stands a number of its own, which no element of the input changes.
    attributes: crops ? { ...attributes, extrapolation_value: { float: 0 } } : attributes,
  })
  return reshape(resized, [from, to])
}

function resizeRule({ node, inputs: [x], gradient }: RuleContext): [Value] {
  if (stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw operatorError('Resize', 'the gradient of a kept aspect ratio is not defined here', node.inputs)
  const resizes = resizesOf(node, x, gradient)
  const rank = x.shape.length
  return [
    resizes.reduce((slope, resize, axis) => {
      if (!resize) return slope
      const rows = cast(unitsResized(node, resize, x.shape[axis], gradient.shape[axis]), x.dtype)
      if (axis === rank - 1 && rank > 1) return matmul(slope, transposeMatrix(rows))
      if (axis === rank - 2) return matmul(rows, slope)
      // Any other axis changes places with the last for as long as it takes.
      const swapped = x.shape.map((_, at) => (at === axis ? rank - 1 : at === rank - 1 ? axis : at))
      if (rank === 1) return reshape(matmul(rows, reshape(slope, [-1, 1])), [x.shape[0]])
      return transpose(matmul(transpose(slope, swapped), transposeMatrix(rows)), swapped)
    }, gradient),
  ]
}

export const rules: Rules = { Resize: resizeRule }
