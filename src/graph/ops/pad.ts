/** The gradient of padding. */
import type { Node, Value } from '../graph.ts'
import { int64 } from '../tensor.ts'
import { mul } from './elementwise.ts'
import { addAt, constantIntegers, pad, reshape, zeros } from './layout.ts'
import { reduceSum } from './reduce.ts'
import { type RuleContext, type Rules, stringAttribute } from './rule.ts'
import { normaliseAxis } from './summation.ts'

/** How much a Pad node adds before and after each axis. */
function amountsOf(node: Node, rank: number): { before: number[]; after: number[] } {
  const amounts = constantIntegers(node, 1)!
  const axes = constantIntegers(node, 3) ?? Array.from({ length: rank }, (_, axis) => axis)
  const before = Array<number>(rank).fill(0)
  const after = Array<number>(rank).fill(0)
  axes.forEach((axis, index) => {
    before[normaliseAxis(axis, rank)] = amounts[index]
    after[normaliseAxis(axis, rank)] = amounts[index + axes.length]
  })
  return { before, after }
}

/** Which element of an axis stands at each place of the padded axis. */
function paddedPlaces(extent: number, before: number, after: number, mode: string): number[] {
  return Array.from({ length: before + extent + after }, (_, k) => {
    const place = k - before
    if (mode === 'edge') return Math.min(Math.max(place, 0), extent - 1)
    const period = mode === 'wrap' ? extent : Math.max(1, 2 * (extent - 1))
    const within = ((place % period) + period) % period
    return within < extent ? within : period - within
  })
}

/**
 * Padding by a number is undone by cutting, and the number gets what stands outside. The other modes repeat elements,
 * to which their copies' gradients are added.
 */
function padRule({ node, inputs: [x, , fill], gradient, wants }: RuleContext): (Value | undefined)[] {
  const mode = stringAttribute(node, 'mode', 'constant')
  const { before, after } = amountsOf(node, x.shape.length)
  if (mode === 'constant') {
    const cut = (value: Value) =>
      pad(
        value,
        before.map(amount => -amount),
        after.map(amount => -amount),
      )
    const outside = () => pad(zeros(x, x.shape), before, after, 1)
    return [
      wants(0) ? cut(gradient) : undefined,
      undefined,
      fill && wants(2) ? reshape(reduceSum(mul(gradient, outside())), fill.shape) : undefined,
    ]
  }
  return [
    x.shape.reduceRight((slope, extent, axis) => {
      if (before[axis] === 0 && after[axis] === 0) return slope
      const places = paddedPlaces(extent, before[axis], after[axis], mode)
      const shape = slope.shape.map((old, at) => (at === axis ? extent : old))
      return addAt(slope, x.graph.constant(int64([places.length], places)), axis, shape)
    }, gradient),
  ]
}

export const rules: Rules = { Pad: padRule }
