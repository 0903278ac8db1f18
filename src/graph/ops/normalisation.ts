/**
 * Normalisations: batch (training and inference), layer, instance, group, and local response.
 */
import { type Node, operatorError, type Value } from '../graph.ts'
import { sizeOf } from '../tensor.ts'
import { abs, add, div, equal, mul, neg, pow, reciprocal, sqrt, square, sub, where } from './elementwise.ts'
import { reshape } from './layout.ts'
import { averagePool } from './pooling.ts'
import { reduceMean, reduceSum, reduceSumSquare } from './reduce.ts'
import {
  type Decompositions,
  floatAttribute,
  integerAttribute,
  integersAttribute,
  type RuleContext,
  type Rules,
} from './rule.ts'

/** A per-channel vector (c) in a shape that broadcasts over (n, c, ...spatial). */
export const perChannel = (vector: Value, rank: number): Value =>
  reshape(vector, [1, -1, ...Array(rank - 2).fill(1)])

/** All axes but the channels'. */
const channelwise = (x: Value): number[] => x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))

function checkChannels(op: string, x: Value, vectors: readonly Value[]): void {
  const fits =
    x.shape.length >= 2 &&
    vectors.every(vector => vector.shape.length === 1 && vector.shape[0] === x.shape[1])
  if (!fits) throw operatorError(op, 'every parameter needs one element per channel', [x, ...vectors])
}

/** (x - mean) / sqrt(variance + epsilon) * scale + bias with given statistics. */
export function batchNorm(
  x: Value,
  scale: Value,
  bias: Value,
  mean: Value,
  variance: Value,
  epsilon = 1e-5,
): Value {
  checkChannels('BatchNormalization', x, [scale, bias, mean, variance])
  return x.graph.node('BatchNormalization', [x, scale, bias, mean, variance], [{ shape: x.shape }], {
    attributes: { epsilon: { float: epsilon } },
  })[0]
}

export interface BatchStatistics {
  output: Value
  /** of this batch, per channel */
  mean: Value
  /** of this batch, per channel, divided by the count (biased) */
  variance: Value
}

/**
 * Batch normalisation by the batch's own statistics, which it also returns. `form` 'engine' uses the operator's
 * training mode (one pass); 'decomposed' spells it out for engines that lack that mode (WebGPU, browsers).
 */
export function batchNormTraining(
  x: Value,
  scale: Value,
  bias: Value,
  epsilon = 1e-5,
  form: 'engine' | 'decomposed' = 'engine',
): BatchStatistics {
  checkChannels('BatchNormalization', x, [scale, bias])
  const rank = x.shape.length
  if (form === 'decomposed') {
    const axes = channelwise(x)
    const mean = reduceMean(x, axes)
    const centred = sub(x, perChannel(mean, rank))
    const variance = div(reduceSumSquare(centred, axes), sizeOf(x.shape) / x.shape[1])
    const factor = div(scale, sqrt(add(variance, epsilon)))
    return { output: add(mul(centred, perChannel(factor, rank)), perChannel(bias, rank)), mean, variance }
  }
  // With momentum 0 the "running" outputs are this batch's statistics; the previous ones play no part.
  const previous = [
    x.graph.constant({ dtype: 'float32', shape: [x.shape[1]], data: new Float32Array(x.shape[1]) }),
    x.graph.constant({ dtype: 'float32', shape: [x.shape[1]], data: new Float32Array(x.shape[1]).fill(1) }),
  ]
  const attributes = { epsilon: { float: epsilon }, momentum: { float: 0 }, training_mode: 1 }
  const vector = { shape: [x.shape[1]] }
  const [output, mean, variance] = x.graph.node(
    'BatchNormalization',
    [x, scale, bias, ...previous],
    [{ shape: x.shape }, vector, vector],
    { attributes },
  )
  return { output, mean, variance }
}

/** Sum of a * b over all axes but the channels'. */
const channelDot = (a: Value, b: Value): Value => reduceSum(mul(a, b), channelwise(a))

/** With xhat = (x - mean) / deviation: dscale = sum dy xhat, dbias = sum dy (Ioffe and Szegedy 2015, section 3). */
function batchNormRule(context: RuleContext): (Value | undefined)[] {
  const {
    node,
    inputs: [x, scale, , mean, variance],
    gradient: dy,
    wants,
  } = context
  if (integerAttribute(node, 'training_mode', 0) === 1) return batchNormTrainingRule(context)
  const rank = x.shape.length
  const inverse = reciprocal(sqrt(add(variance, floatAttribute(node, 'epsilon', 1e-5))))
  const factor = mul(scale, inverse)
  const needsSums = [1, 2, 3, 4].some(wants)
  const dbias = needsSums ? reduceSum(dy, channelwise(x)) : undefined
  const dscale = dbias && mul(inverse, sub(channelDot(dy, x), mul(mean, dbias)))
  return [
    wants(0) ? mul(dy, perChannel(factor, rank)) : undefined,
    wants(1) ? dscale : undefined,
    wants(2) ? dbias : undefined,
    wants(3) ? neg(mul(factor, dbias!)) : undefined,
    wants(4) ? mul(mul(dscale!, scale), mul(square(inverse), -0.5)) : undefined,
  ]
}

/**
 * The statistics depend on x, so dx = scale / deviation * (dy - mean(dy) - xhat mean(dy xhat)). Per channel that
 * is a * dy + b * x + c, two passes over the activations. Gradients that arrive at the returned mean and
 * variance (from second derivatives) only change b and c.
 */
function batchNormTrainingRule({
  node,
  inputs: [x, scale],
  gradient: dy,
  gradients,
  wants,
}: RuleContext): (Value | undefined)[] {
  const rank = x.shape.length
  const count = x.shape.reduce((product, extent, axis) => (axis === 1 ? product : product * extent), 1)
  const [, mean, variance] = node.outputs
  const inverse = reciprocal(sqrt(add(variance, floatAttribute(node, 'epsilon', 1e-5))))
  const dbias = reduceSum(dy, channelwise(x))
  const dscale = mul(inverse, sub(channelDot(dy, x), mul(mean, dbias)))
  if (!wants(0)) return [undefined, dscale, dbias]
  const a = mul(scale, inverse)
  let b = neg(div(mul(mul(a, inverse), dscale), count))
  if (gradients[2]) b = add(b, mul(gradients[2], 2 / count))
  let c = neg(add(div(mul(a, dbias), count), mul(b, mean)))
  if (gradients[1]) c = add(c, div(gradients[1], count))
  const dx = add(mul(dy, perChannel(a, rank)), add(mul(x, perChannel(b, rank)), perChannel(c, rank)))
  return [dx, dscale, dbias]
}

/** (x - mean) / sqrt(variance + epsilon) over the given axes, with what it is made of. */
function standardised(x: Value, axes: readonly number[], epsilon: number) {
  const mean = reduceMean(x, axes, true)
  const centred = sub(x, mean)
  const deviation = sqrt(add(reduceMean(square(centred), axes, true), epsilon))
  return { mean, deviation, normal: div(centred, deviation) }
}

const standardise = (x: Value, axes: readonly number[], epsilon: number): Value =>
  standardised(x, axes, epsilon).normal

/** Normalises over the last axes, from `axis` on (Ba et al. 2016). */
export function layerNorm(x: Value, scale: Value, bias?: Value, axis = -1, epsilon = 1e-5): Value {
  const attributes = { axis, epsilon: { float: epsilon } }
  return x.graph.node('LayerNormalization', bias ? [x, scale, bias] : [x, scale], [{ shape: x.shape }], {
    attributes,
  })[0]
}

/** Local response normalisation across `size` neighbouring channels, alpha divided by the size (Krizhevsky et al. 2012). */
export function localResponseNorm(x: Value, size: number, alpha = 1e-4, beta = 0.75, bias = 1): Value {
  const attributes = { size, alpha: { float: alpha }, beta: { float: beta }, bias: { float: bias } }
  return x.graph.node('LRN', [x], [{ shape: x.shape }], { attributes })[0]
}

const epsilonOf = (node: Node): number => floatAttribute(node, 'epsilon', 1e-5)

export const decompositions: Decompositions = {
  LayerNormalization: ({ node, inputs: [x, scale, bias] }) => {
    const rank = x.shape.length
    const axis = integerAttribute(node, 'axis', -1)
    const first = axis < 0 ? axis + rank : axis
    const axes = Array.from({ length: rank - first }, (_, i) => first + i)
    const { mean, deviation, normal } = standardised(x, axes, epsilonOf(node))
    const scaled = mul(normal, scale)
    return [bias ? add(scaled, bias) : scaled, mean, reciprocal(deviation)]
  },
  InstanceNormalization: ({ node, inputs: [x, scale, bias] }) => {
    const rank = x.shape.length
    const spatial = x.shape.map((_, axis) => axis).slice(2)
    return add(mul(standardise(x, spatial, epsilonOf(node)), perChannel(scale, rank)), perChannel(bias, rank))
  },
  GroupNormalization: ({ node, inputs: [x, scale, bias] }) => {
    const rank = x.shape.length
    const groups = integerAttribute(node, 'num_groups', 1)
    const grouped = reshape(x, [x.shape[0], groups, -1])
    const normal = reshape(standardise(grouped, [2], epsilonOf(node)), x.shape)
    return add(mul(normal, perChannel(scale, rank)), perChannel(bias, rank))
  },
  MeanVarianceNormalization: ({ node, inputs: [x] }) =>
    standardise(x, integersAttribute(node, 'axes') ?? [0, 2, 3], 0),
  LpNormalization: ({ node, inputs: [x] }) => {
    const axis = integerAttribute(node, 'axis', -1)
    const power =
      integerAttribute(node, 'p', 2) === 1
        ? reduceSum(abs(x), [axis], true)
        : reduceSum(square(x), [axis], true)
    // What is all zero stays so, and has no derivative: its gradient is 0.
    const zero = equal(power, 0)
    const norm = where(zero, 1, power)
    const unit = div(x, integerAttribute(node, 'p', 2) === 1 ? norm : sqrt(norm))
    return where(zero, 0, unit)
  },
  LRN: ({ node, inputs: [x] }) => {
    const size = integerAttribute(node, 'size', 1)
    const [n, c, ...spatial] = x.shape
    // The mean of squares over neighbouring channels: channels become an axis of an average pool.
    const before = Math.floor((size - 1) / 2)
    const squares = reshape(square(x), [n, 1, c, spatial.reduce((a, b) => a * b, 1)])
    const means = averagePool(squares, {
      kernel: [size, 1],
      stride: 1,
      pads: [before, 0, size - 1 - before, 0],
      countIncludePad: true,
    })
    const base = add(
      mul(reshape(means, x.shape), floatAttribute(node, 'alpha', 1e-4)),
      floatAttribute(node, 'bias', 1),
    )
    return mul(x, pow(base, -floatAttribute(node, 'beta', 0.75)))
  },
}

export const rules: Rules = { BatchNormalization: batchNormRule }
