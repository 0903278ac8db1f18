/**
 * The gradient of max pooling without the places of its maxima: WebGPU's kernel does not give them, and fails where it is
 * asked. Each place under the window, a tap, is compared with the maximum in turn; the first that equals it takes the
 * gradient. All of that stays on the device. (There is nothing to measure it against: without this pass no such graph runs.)
 */
import type { Node, Value } from '../graph.ts'
import { add, cast, equal, mul, sub } from '../ops/elementwise.ts'
import { pad, reshape, slice } from '../ops/layout.ts'
import { endsOf, windowsOfNode } from '../ops/pooling.ts'
import { largestFloat32 } from '../tensor.ts'
import { constantsOf, isZero, type Pass } from './rewrite.ts'

export const maxPoolGradientByTaps: Pass = computation => {
  const constantOf = constantsOf(computation)
  const pools = new Map<Node, { x: Value; y: Value }>()
  return {
    MaxPool: (node, [x]) => {
      if (!node.outputs[1] || x?.dtype !== 'float32') return undefined
      const { storage_order: _, ...attributes } = node.attributes
      const [y] = x.graph.node(node.op, [x], [node.outputs[0]], { attributes })
      pools.set(node, { x, y })
      // Whoever wants the places themselves has them from the CPU, which alone pools double precision.
      const copy = cast(x, 'float64')
      const [, places] = x.graph.node(
        node.op,
        [copy],
        [{ ...node.outputs[0], dtype: 'float64' }, node.outputs[1]],
        {
          attributes: node.attributes,
        },
      )
      return [y, places]
    },
    ScatterElements: (node, [, , updates]) => {
      const [begin, places] = node.inputs
      const pool = places?.producer?.op === 'Reshape' ? places.producer.inputs[0] : undefined
      const found = pool?.producer && pool === pool.producer.outputs[1] && pools.get(pool.producer)
      // As the gradient rule writes it: added to zeros, all axes in one.
      const isGradient = node.attributes.reduction === 'add' && begin?.producer?.op === 'Expand'
      if (!found || !isGradient || !updates || !isZero(constantOf(begin.producer!.inputs[0])))
        return undefined
      const { x, y } = found
      return [reshape(toFirstMaximum(pool.producer!, x, y, reshape(updates, y.shape)), begin.shape)]
    },
  }
}

/** Adds the gradient of each window, shaped like y, to the first of its elements that equals the maximum. */
function toFirstMaximum(node: Node, x: Value, y: Value, gradient: Value): Value {
  const windows = windowsOfNode(node)
  const { kernel, strides, begins, dilations } = windows
  const spatial = x.shape.slice(2)
  const counts = y.shape.slice(2)
  const ends = endsOf(node, windows, spatial)
  const padded = pad(x, [0, 0, ...begins], [0, 0, ...ends], -largestFloat32)
  // Room for every tap's places, spread as far apart as the windows are.
  const frame = padded.shape
    .slice(2)
    .map((extent, axis) =>
      Math.max(extent, dilations[axis] * (kernel[axis] - 1) + counts[axis] * strides[axis]),
    )
  let open: Value | undefined
  let sum: Value | undefined
  for (const offset of taps(kernel, dilations)) {
    const under = slice(
      padded,
      offset.map((start, axis) => ({
        axis: axis + 2,
        start,
        end: start + (counts[axis] - 1) * strides[axis] + 1,
        step: strides[axis],
      })),
    )
    const equals = cast(equal(under, y), x.dtype)
    const wins = open ? mul(equals, open) : equals
    open = sub(open ?? 1, wins)
    const spread = apart(mul(gradient, wins), strides)
    const placed = pad(
      spread,
      [0, 0, ...offset],
      [0, 0, ...offset.map((start, axis) => frame[axis] - start - spread.shape[axis + 2])],
    )
    sum = sum ? add(sum, placed) : placed
  }
  return slice(
    sum!,
    spatial.map((extent, axis) => ({ axis: axis + 2, start: begins[axis], end: begins[axis] + extent })),
  )
}

/** Offsets of the elements of a window, in reading order. */
function taps(kernel: readonly number[], dilations: readonly number[]): number[][] {
  let offsets: number[][] = [[]]
  kernel.forEach((size, axis) => {
    offsets = offsets.flatMap(before =>
      Array.from({ length: size }, (_, tap) => [...before, tap * dilations[axis]]),
    )
  })
  return offsets
}

/** Zeros behind each element along the spatial axes, so that neighbours are a stride apart. */
function apart(x: Value, strides: readonly number[]): Value {
  const [n, c, ...spatial] = x.shape
  const single = spatial.flatMap(extent => [extent, 1])
  const behind = strides.flatMap(stride => [0, stride - 1])
  const filled = pad(reshape(x, [n, c, ...single]), [0, 0, ...behind.map(() => 0)], [0, 0, ...behind])
  return reshape(filled, [n, c, ...spatial.map((extent, axis) => extent * strides[axis])])
}
