/**
 * Gradients of the operators that pick and place elements by lists of coordinates, and of those that rank or add up along
 * an axis. Picking is undone by adding into zeros; placing gives its updates what stands at their places, and leaves
 * nothing there for what was overwritten.
 */
import type { Value } from '../graph.ts'
import { int64, type Shape, sizeOf } from '../tensor.ts'
import { add, cast, div, equal, mul, sub, where } from './elementwise.ts'
import { concat, expand, gatherElements, scatterAdd, zeros } from './layout.ts'
import { integerAttribute, type RuleContext, type Rules, stringAttribute } from './rule.ts'

const scatterND = (x: Value, indices: Value, updates: Value, reduction: string): Value =>
  x.graph.node('ScatterND', [x, indices, updates], [{ shape: x.shape }], { attributes: { reduction } })[0]

const scatterElements = (x: Value, indices: Value, updates: Value, axis: number, reduction: string): Value =>
  x.graph.node('ScatterElements', [x, indices, updates], [{ shape: x.shape }], {
    attributes: { axis, reduction },
  })[0]

const gatherND = (x: Value, indices: Value, shape: Shape): Value =>
  x.graph.node('GatherND', [x, indices], [{ shape }])[0]

/** Coordinates that name the leading axes too, along which the operator goes on its own. */
function withBatch(indices: Value, axes: number): Value {
  if (axes === 0) return indices
  const places = indices.shape.slice(0, -1)
  const count = sizeOf(places)
  const coordinates = Array.from({ length: count }, (_, row) => {
    let rest = row
    return places
      .toReversed()
      .map(extent => {
        const at = rest % extent
        rest = Math.floor(rest / extent)
        return at
      })
      .toReversed()
      .slice(0, axes)
  }).flat()
  const batch = indices.graph.constant(int64([...places, axes], coordinates))
  return concat([batch, indices], places.length)
}

/** How a node places elements, and how they are picked from the same places again. */
interface Placing {
  place: (x: Value, updates: Value, reduction: string) => Value
  pick: (x: Value) => Value
}

/**
 * What is placed by 'none' overwrites; 'add' and 'mul' combine; of 'max' and 'min' the winners share the gradient
 * equally, as in PyTorch.
 */
function placingRule({ node, inputs, output, gradient, wants }: RuleContext, { place, pick }: Placing) {
  const [x, , updates] = inputs
  const reduction = stringAttribute(node, 'reduction', 'none')
  const none = () => zeros(updates, updates.shape)
  const slopes = (forX: () => Value, forUpdates: () => Value) => [
    wants(0) ? forX() : undefined,
    undefined,
    wants(2) ? forUpdates() : undefined,
  ]
  if (reduction === 'none')
    return slopes(
      () => place(gradient, none(), 'none'),
      () => pick(gradient),
    )
  if (reduction === 'add')
    return slopes(
      () => gradient,
      () => pick(gradient),
    )
  if (reduction === 'mul') {
    const ones = expand(x.graph.constant(1, x.dtype), x.shape)
    // Zeros are set apart: where there is one, only its own derivative is not 0.
    const zero = equal(updates, 0)
    const factors = where(zero, 1, updates)
    const isZero = cast(zero, x.dtype)
    const alone = () => equal(sub(pick(place(zeros(x, x.shape), isZero, 'add')), isZero), 0)
    return slopes(
      () => mul(gradient, place(ones, updates, 'mul')),
      () => where(alone(), div(pick(mul(gradient, place(x, factors, 'mul'))), factors), 0),
    )
  }
  const winsX = cast(equal(x, output), x.dtype)
  const winsUpdates = cast(equal(updates, pick(output)), x.dtype)
  const share = div(gradient, add(winsX, place(zeros(x, x.shape), winsUpdates, 'add')))
  return slopes(
    () => mul(share, winsX),
    () => mul(pick(share), winsUpdates),
  )
}

export const rules: Rules = {
  CumSum: ({ node, inputs: [x, axis], gradient }) => [
    x.graph.node('CumSum', [gradient, axis], [{ shape: x.shape }], {
      attributes: {
        exclusive: integerAttribute(node, 'exclusive', 0),
        reverse: 1 - integerAttribute(node, 'reverse', 0),
      },
    })[0],
  ],
  TopK: ({ node, inputs: [x], gradient }) => [
    scatterAdd(zeros(x, x.shape), node.outputs[1], gradient, integerAttribute(node, 'axis', -1)),
  ],
  GatherND: ({ node, inputs: [x, indices], gradient }) => [
    scatterND(
      zeros(x, x.shape),
      withBatch(indices, integerAttribute(node, 'batch_dims', 0)),
      gradient,
      'add',
    ),
  ],
  ScatterND: context => {
    const [, indices, updates] = context.inputs
    return placingRule(context, {
      place: (x, values, reduction) => scatterND(x, indices, values, reduction),
      pick: x => gatherND(x, indices, updates.shape),
    })
  },
  ScatterElements: context => {
    const [, indices] = context.inputs
    const axis = integerAttribute(context.node, 'axis', 0)
    return placingRule(context, {
      place: (x, values, reduction) => scatterElements(x, indices, values, axis, reduction),
      pick: x => gatherElements(x, indices, axis),
    })
  },
}
