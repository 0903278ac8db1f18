/**
 * Tables of positions for images of another size than they were learned for: interpolated bicubically, as PyTorch's
 * `interpolate(mode='bicubic')` does. Interpolation goes along each axis alone, so it is two products with constant
 * matrices, and training goes through it.
 */
import type { Value } from '../graph/graph.ts'
import { reshape } from '../graph/ops/layout.ts'
import { matmul } from '../graph/ops/linear.ts'
import { float32, type Tensor } from '../graph/tensor.ts'

/** Keys' cubic kernel; PyTorch takes a = -0.75, and -0.5 where it smooths. */
function cubic(x: number, a: number): number {
  const d = Math.abs(x)
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  return d < 2 ? a * (((d - 5) * d + 8) * d - 4) : 0
}

/** (to, from), whose row k makes place k of `from` places; where it smooths the kernel is as wide as the reduction asks. */
export function cubicWeights(from: number, to: number, smooth: boolean): Tensor {
  const data = new Float32Array(to * from)
  const scale = from / to
  const wide = smooth ? Math.max(1, scale) : 1
  for (let k = 0; k < to; k++) {
    const centre = (k + 0.5) * scale - 0.5
    const taps: [place: number, weight: number][] = []
    for (let place = Math.ceil(centre - 2 * wide); place <= centre + 2 * wide; place++) {
      const weight = cubic((place - centre) / wide, smooth ? -0.5 : -0.75)
      // Beyond the border the plain kernel repeats the outermost place; the smoothing one leaves it out.
      if (!smooth) taps.push([Math.min(Math.max(place, 0), from - 1), weight])
      else if (place >= 0 && place < from) taps.push([place, weight])
    }
    const sum = smooth ? taps.reduce((total, [, weight]) => total + weight, 0) : 1
    for (const [place, weight] of taps) data[k * from + place] += weight / sum
  }
  return float32([to, from], data)
}

export interface PositionGrid {
  /** places along a side that the table is for */
  grid: number
  /** places along each side that are wanted */
  height: number
  width: number
  smooth: boolean
}

/** (1, grid * grid, d) -> (1, height * width, d) */
export function resizedPositions(table: Value, { grid, height, width, smooth }: PositionGrid): Value {
  if (height === grid && width === grid) return table
  const { graph } = table
  const channels = table.shape[2]
  const rows = matmul(
    graph.constant(cubicWeights(grid, height, smooth)),
    reshape(table, [grid, grid * channels]),
  )
  const columns = matmul(
    graph.constant(cubicWeights(grid, width, smooth)),
    reshape(rows, [height, grid, channels]),
  )
  return reshape(columns, [1, height * width, channels])
}
