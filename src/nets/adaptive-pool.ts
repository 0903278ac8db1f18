/** PyTorch's adaptive average pooling: maps of any size to a fixed one. */
import type { Value } from '../graph/graph.ts'
import { matmul } from '../graph/ops/linear.ts'
import { float32, type Tensor } from '../graph/tensor.ts'

/** Row k of (to, from) averages the places from floor(k from / to) up to ceil((k + 1) from / to). */
function averaging(from: number, to: number): Tensor {
  const data = new Float32Array(to * from)
  for (let k = 0; k < to; k++) {
    const start = Math.floor((k * from) / to)
    const end = Math.ceil(((k + 1) * from) / to)
    data.fill(1 / (end - start), k * from + start, k * from + end)
  }
  return float32([to, from], data)
}

const transposed = ({ shape: [rows, columns], data }: Tensor): Tensor =>
  float32(
    [columns, rows],
    Float32Array.from({ length: rows * columns }, (_, at) =>
      Number(data[(at % rows) * columns + Math.floor(at / rows)]),
    ),
  )

/** x (n, c, h, w) -> (n, c, side, side): two products with constant matrices, as averages go along each axis alone. */
export function adaptivePool(x: Value, side: number): Value {
  const { graph } = x
  const [, , height, width] = x.shape
  const rows = height === side ? x : matmul(graph.constant(averaging(height, side)), x)
  return width === side ? rows : matmul(rows, graph.constant(transposed(averaging(width, side))))
}
