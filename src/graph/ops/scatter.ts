/**
 * Gradients of the operators that pick and place elements by lists of coordinates, and of those that rank or add up along
 * an axis. Picking is undone by adding into zeros; placing gives its updates what stands at their places, and leaves
 * nothing there for what was overwritten.
 */
import { operatorError, type Value } from '../graph.ts'
import { int64, type Shape, sizeOf } from '../tensor.ts'
import { concat, gatherElements, scatterAdd, zeros } from './layout.ts'
import { integerAttribute, type RuleContext, type Rules, stringAttribute } from './rule.ts'

const scatterND = (x: Value, indices: Value, updates: Value, reduction: 'none' | 'add'): Value =>
  x.graph.node('ScatterND', [x, indices, updates], [{ shape: x.shape }], { attributes: { reduction } })[0]

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

/** What is placed by 'none' overwrites, by 'add' adds; other ways to combine have no rule. */
function placing(context: RuleContext): 'none' | 'add' {
  const { node } = context
  const reduction = stringAttribute(node, 'reduction', 'none')
  if (reduction === 'none' || reduction === 'add') return reduction
  throw operatorError(node.op, `the gradient of reduction '${reduction}' is not defined here`, node.inputs)
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
    const { gradient, wants } = context
    const adds = placing(context) === 'add'
    const kept = () => scatterND(gradient, indices, zeros(updates, updates.shape), 'none')
    return [
      wants(0) ? (adds ? gradient : kept()) : undefined,
      undefined,
      wants(2) ? gatherND(gradient, indices, updates.shape) : undefined,
    ]
  },
  ScatterElements: context => {
    const [x, indices, updates] = context.inputs
    const { node, gradient, wants } = context
    const axis = integerAttribute(node, 'axis', 0)
    const kept = () =>
      x.graph.node(
        'ScatterElements',
        [gradient, indices, zeros(updates, updates.shape)],
        [{ shape: x.shape }],
        { attributes: { axis } },
      )[0]
    return [
      wants(0) ? (placing(context) === 'add' ? gradient : kept()) : undefined,
      undefined,
      wants(2) && placing(context) ? gatherElements(gradient, indices, axis) : undefined,
    ]
  },
}
