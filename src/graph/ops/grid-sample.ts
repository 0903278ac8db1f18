/**
 * GridSample in terms of other operators, so that gradients pass to the image and to the places: every sample is a
 * weighted sum of the elements around its place (Jaderberg et al. 2015), 4 of them, or 16 where it is cubic.
 */
import { operatorError, type Value } from '../graph.ts'
import { sizeOf } from '../tensor.ts'
import {
  abs,
  add,
  and,
  cast,
  clip,
  div,
  floor,
  greaterOrEqual,
  lessOrEqual,
  minimum,
  mul,
  sub,
} from './elementwise.ts'
import { expand, gatherElements, reshape, slice } from './layout.ts'
import { type Decompositions, integerAttribute, stringAttribute } from './rule.ts'

type Padding = 'zeros' | 'border' | 'reflection'

interface AxisPlan {
  extent: number
  aligned: boolean
  padding: Padding
}

/** From -1 .. 1 to places on an axis. */
function unnormalised(x: Value, { extent, aligned }: AxisPlan): Value {
  const shifted = add(x, 1)
  return aligned ? mul(shifted, (extent - 1) / 2) : sub(mul(shifted, extent / 2), 0.5)
}

/** Places beyond the axis brought onto it, by repeating its ends or by mirrors at them. */
function within(x: Value, { extent, aligned, padding }: AxisPlan): Value {
  if (padding === 'zeros') return x
  if (padding === 'border') return clip(x, 0, extent - 1)
  const [low, span] = aligned ? [0, extent - 1] : [-0.5, extent]
  if (span === 0) return mul(x, 0)
  const far = abs(sub(x, low))
  const rest = sub(far, mul(floor(div(far, 2 * span)), 2 * span))
  return clip(add(minimum(rest, sub(2 * span, rest)), low), 0, extent - 1)
}

/** Of a distance from a place: Keys' cubic kernel with a = -0.75, as polynomials of the share t beyond the place before. */
function cubicWeights(t: Value): Value[] {
  const a = -0.75
  const near = (d: Value) => add(mul(sub(mul(d, a + 2), a + 3), mul(d, d)), 1)
  const distant = (d: Value) => mul(sub(mul(add(mul(sub(d, 5), d), 8), d), 4), a)
  return [distant(add(t, 1)), near(t), near(sub(1, t)), distant(sub(2, t))]
}

/** Places along an axis, each with its weight; places are whole numbers, perhaps beyond the axis. */
function tapsOf(x: Value, mode: string, plan: AxisPlan): { place: Value; weight?: Value }[] {
  if (mode === 'nearest')
    return [{ place: x.graph.node('Round', [within(x, plan)], [{ shape: x.shape }])[0] }]
  if (mode === 'cubic') {
    const first = floor(x)
    return cubicWeights(sub(x, first)).map((weight, k) => ({
      place: within(add(first, k - 1), plan),
      weight,
    }))
  }
  const place = within(x, plan)
  const first = floor(place)
  const share = sub(place, first)
  return [
    { place: first, weight: sub(1, share) },
    { place: add(first, 1), weight: share },
  ]
}

export const decompositions: Decompositions = {
  GridSample: ({ node, inputs: [x, grid] }) => {
    if (x.shape.length !== 4)
      throw operatorError('GridSample', 'its gradient is known for images (n, c, h, w) alone', node.inputs)
    const [n, c, h, w] = x.shape
    const [, height, width] = grid.shape
    const given = stringAttribute(node, 'mode', 'linear')
    const mode = given.replace('bilinear', 'linear').replace('bicubic', 'cubic')
    const padding = stringAttribute(node, 'padding_mode', 'zeros') as Padding
    const aligned = integerAttribute(node, 'align_corners', 0) === 1
    const count = height * width
    const axis = (index: number, extent: number) => {
      const plan = { extent, aligned, padding }
      const part = reshape(slice(grid, [{ axis: 3, start: index, end: index + 1 }]), [n, 1, count])
      return tapsOf(unnormalised(part, plan), mode, plan)
    }
    const flat = reshape(x, [n, c, sizeOf([h, w])])
    let sum: Value | undefined
    for (const row of axis(1, h)) {
      for (const column of axis(0, w)) {
        const [y, z] = [clip(row.place, 0, h - 1), clip(column.place, 0, w - 1)]
        const at = cast(add(mul(y, w), z), 'int64')
        const inside = [
          greaterOrEqual(row.place, 0),
          lessOrEqual(row.place, h - 1),
          greaterOrEqual(column.place, 0),
          lessOrEqual(column.place, w - 1),
        ].reduce(and)
        const weight = [row.weight, column.weight].reduce<Value>(
          (product, factor) => (factor ? mul(product, factor) : product),
          cast(inside, x.dtype),
        )
        const part = mul(gatherElements(flat, expand(at, [n, c, count]), 2), weight)
        sum = sum ? add(sum, part) : part
      }
    }
    return reshape(sum!, [n, c, height, width])
  },
}
