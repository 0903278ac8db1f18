/**
 * Softmax, its logarithm, L2 normalisation and cross-entropy, with gradients that stay finite.
 */
import { operatorError, type Value } from '../graph.ts'
import { add, div, exp, maximum, mul, neg, sqrt, sub } from './elementwise.ts'
import { normaliseAxes, reduceMean, reduceSum } from './reduce.ts'
import { integerAttribute, type Rules } from './rule.ts'

const along = (op: string, x: Value, axis: number): Value =>
  x.graph.node(op, [x], [{ shape: x.shape }], {
    attributes: { axis: normaliseAxes([axis], x.shape.length)[0] },
  })[0]

export const softmax = (x: Value, axis = -1): Value => along('Softmax', x, axis)
export const logSoftmax = (x: Value, axis = -1): Value => along('LogSoftmax', x, axis)

/**
 * x / max(||x||, epsilon) along an axis, as torch.nn.functional.normalize. The bound is put under the root, so
 * that the gradient of a zero vector is finite.
 */
export const l2Normalise = (x: Value, axis = -1, epsilon = 1e-12): Value =>
  div(x, sqrt(maximum(reduceSum(mul(x, x), [axis], true), epsilon * epsilon)))

/** The rows of the identity matrix that the labels name: (n) int64 -> (n, classes). */
export function oneHot(labels: Value, classes: number, dtype: 'float32' | 'float64' = 'float32'): Value {
  const { graph } = labels
  const depth = graph.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(classes)) })
  const values = graph.constant(
    dtype === 'float32'
      ? { dtype, shape: [2], data: Float32Array.of(0, 1) }
      : { dtype, shape: [2], data: Float64Array.of(0, 1) },
  )
  return graph.node('OneHot', [labels, depth, values], [{ shape: [...labels.shape, classes], dtype }], {
    attributes: { axis: -1 },
  })[0]
}

/**
 * Mean cross-entropy of logits (n, classes) against integer labels (n), with label smoothing as in PyTorch:
 * the target is (1 - smoothing) on the label plus smoothing / classes everywhere.
 */
export function crossEntropy(logits: Value, labels: Value, smoothing = 0): Value {
  if (logits.shape.length !== 2 || labels.shape[0] !== logits.shape[0]) {
    throw operatorError(
      'crossEntropy',
      'logits and labels do not fit',
      [logits, labels],
      'logits (n, classes), labels (n)',
    )
  }
  const logProbabilities = logSoftmax(logits)
  const picked = reduceSum(
    mul(
      logProbabilities,
      oneHot(labels, logits.shape[1], logits.dtype === 'float64' ? 'float64' : 'float32'),
    ),
    [1],
  )
  if (smoothing === 0) return neg(reduceMean(picked))
  const uniform = reduceMean(logProbabilities, [1])
  return neg(reduceMean(add(mul(picked, 1 - smoothing), mul(uniform, smoothing))))
}

export const rules: Rules = {
  Softmax: ({ node, output, gradient }) => {
    const axis = integerAttribute(node, 'axis', -1)
    return [mul(output, sub(gradient, reduceSum(mul(gradient, output), [axis], true)))]
  },
  LogSoftmax: ({ node, output, gradient }) => {
    const axis = integerAttribute(node, 'axis', -1)
    return [sub(gradient, mul(exp(output), reduceSum(gradient, [axis], true)))]
  },
}
