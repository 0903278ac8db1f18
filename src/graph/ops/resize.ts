/**
 * Resizing of the two spatial axes. Every mode is a linear map along each axis, y = R_h x R_wᵀ, so the gradient
 * is R_hᵀ dy R_w with the matrices as constants.
 */
import { operatorError, type Value } from '../graph.ts'
import { int64 } from '../tensor.ts'
import { matmul } from './linear.ts'
import { type RuleContext, type Rules, stringAttribute } from './rule.ts'

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

/** The (to, from) matrix that resizes one axis. */
export function resizeMatrix(
  from: number,
  to: number,
  mode: ResizeMode,
  coordinates: CoordinateMode,
  rounding = 'floor',
): Float32Array {
  const matrix = new Float32Array(to * from)
  const last = from - 1
  const clamp = (index: number) => Math.min(Math.max(index, 0), last)
  for (let i = 0; i < to; i++) {
    const source = sourceCoordinate(i, from, to, coordinates)
    if (mode === 'nearest') {
      matrix[i * from + clamp(round(source, rounding))] = 1
    } else {
      const at = Math.min(Math.max(source, 0), last)
      const low = Math.floor(at)
      matrix[i * from + low] += 1 - (at - low)
      matrix[i * from + clamp(low + 1)] += at - low
    }
  }
  return matrix
}

function sourceCoordinate(i: number, from: number, to: number, coordinates: CoordinateMode): number {
  if (coordinates === 'align_corners') return to === 1 ? 0 : (i * (from - 1)) / (to - 1)
  if (coordinates === 'asymmetric') return (i * from) / to
  if (coordinates === 'pytorch_half_pixel' && to === 1) return 0
  return ((i + 0.5) * from) / to - 0.5
}

function round(x: number, mode: string): number {
  if (mode === 'floor') return Math.floor(x)
  if (mode === 'ceil') return Math.ceil(x)
  return mode === 'round_prefer_ceil' ? Math.floor(x + 0.5) : Math.ceil(x - 0.5)
}

function resizeRule({ node, inputs: [x], gradient }: RuleContext): [Value] {
  const mode = stringAttribute(node, 'mode', 'nearest')
  const coordinates = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  const known = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].includes(coordinates)
  if (
    (mode !== 'linear' && mode !== 'nearest') ||
    !known ||
    x.shape.length !== 4 ||
    x.shape[0] !== gradient.shape[0] ||
    x.shape[1] !== gradient.shape[1]
  ) {
    throw operatorError(
      'Resize',
      `the gradient of mode '${mode}' with coordinates '${coordinates}' is not defined here`,
      [x],
    )
  }
  const rounding = stringAttribute(node, 'nearest_mode', 'round_prefer_floor')
  const matrix = (axis: number, transposed: boolean) => {
    const [from, to] = [x.shape[axis], gradient.shape[axis]]
    const forward = resizeMatrix(from, to, mode, coordinates as CoordinateMode, rounding)
    const data = transposed
      ? Float32Array.from({ length: forward.length }, (_, k) => forward[(k % to) * from + Math.floor(k / to)])
      : forward
    return x.graph.constant({ dtype: 'float32', shape: transposed ? [from, to] : [to, from], data })
  }
  return [matmul(matmul(matrix(2, true), gradient), matrix(3, false))]
}

export const rules: Rules = { Resize: resizeRule }
