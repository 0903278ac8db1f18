/**
 * What the numbers at the end of a classifier are. Lenses and tables want logits, but many models give probabilities:
 * they end in a softmax or a sigmoid, as an operator or written out, perhaps with a reshape behind it. This file finds
 * the logits before it, so that no activation is applied twice.
 */
import type { Graph, Node, Value } from '../graph/graph.ts'
import { integerAttribute } from '../graph/ops/rule.ts'
import { sizeOf } from '../graph/tensor.ts'

/**
 * How a classifier's numbers become probabilities: together by a softmax, each by itself through a sigmoid, or not at
 * all, because they are probabilities that no logits are found behind.
 */
export type Scores = 'softmax' | 'sigmoid' | 'given'

export interface ReadScores {
  /** logits, or the probabilities themselves where `scores` is 'given' */
  logits: Value
  /** undefined where the graph ends without an activation */
  scores?: Scores
}

/** @param output a value that holds one vector per image */
export function readScores(output: Value): ReadScores {
  const behind = behindSteps(output, unchanging)
  const logits = softmaxInput(behind)
  if (logits) return { logits, scores: 'softmax' }
  const inputs = sigmoidInput(behind)
  if (inputs) return { logits: inputs, scores: 'sigmoid' }
  return endsInProbabilities(behind, 6) ? { logits: output, scores: 'given' } : { logits: output }
}

/** Steps that change neither a number nor the order of the numbers of one image. */
const unchanging = new Set(['Reshape', 'Identity', 'Dropout', 'Cast', 'Flatten', 'Squeeze', 'Unsqueeze'])
/** Steps that choose among probabilities, or keep them within bounds. */
const choosing = new Set([
  'Slice',
  'Gather',
  'GatherElements',
  'Split',
  'Concat',
  'Clip',
  'Max',
  'Min',
  'Transpose',
])

function behindSteps(value: Value, steps: ReadonlySet<string>): Value {
  const { producer } = value
  const [input] = producer?.inputs ?? []
  if (!producer || !input || !steps.has(producer.op)) return value
  // A cast to whole numbers is a step of another kind.
  return input.dtype.includes('float') ? behindSteps(input, steps) : value
}

const operandsOf = (value: Value, op: string): readonly Value[] | undefined =>
  value.producer?.op === op ? value.producer.inputs.filter(input => input !== undefined) : undefined

/** All of an image's numbers are normalised together. */
const isWhole = ({ shape }: Value, axis: number): boolean =>
  shape.length > 0 && shape.at(axis) === sizeOf(shape) / Math.max(shape[0], 1)

function softmaxInput(value: Value): Value | undefined {
  const { producer } = value
  if (!producer) return undefined
  const [x, y] = producer.inputs
  if (producer.op === 'Softmax' || producer.op === 'LogSoftmax')
    return x && isWhole(x, axisOf(producer)) ? x : undefined
  const plain = (operand?: Value) => operand && behindSteps(operand, unchanging)
  // exp(x) / sum(exp(x)), or times the reciprocal of the sum
  if (producer.op === 'Div') return quotientInput(plain(x), plain(y))
  if (producer.op === 'Mul') {
    for (const [a, b] of [
      [plain(x), plain(y)],
      [plain(y), plain(x)],
    ]) {
      const [sum] = (b && operandsOf(b, 'Reciprocal')) ?? []
      const logits = sum && quotientInput(a, behindSteps(sum, unchanging))
      if (logits) return logits
    }
  }
  // x - log(sum(exp(x)))
  if (producer.op === 'Sub' && x && y) {
    const inner = plain(y)!
    const [logged] = operandsOf(inner, 'Log') ?? []
    const exponential = logged && summed(behindSteps(logged, unchanging))
    const source =
      exponential?.producer?.op === 'Exp'
        ? exponential.producer.inputs[0]
        : operandsOf(inner, 'ReduceLogSumExp')?.[0]
    if (source && sizeOf(inner.shape) === x.shape[0] && behindSteps(source, unchanging) === plain(x))
      return withoutMaximum(x)
  }
  return undefined
}

const axisOf = (node: Node): number => integerAttribute(node, 'axis', -1)

function quotientInput(exponential: Value | undefined, sum: Value | undefined): Value | undefined {
  if (!exponential || !sum || exponential.producer?.op !== 'Exp') return undefined
  const [logits] = exponential.producer.inputs
  const [added] = operandsOf(summed(sum) ?? sum, 'Exp') ?? []
  if (added !== logits || sizeOf(sum.shape) !== exponential.shape[0]) return undefined
  return withoutMaximum(logits!)
}

/** What a sum over an image's numbers adds up. */
function summed(sum: Value): Value | undefined {
  const [x] = operandsOf(sum, 'ReduceSum') ?? operandsOf(sum, 'ReduceL1') ?? []
  return x && behindSteps(x, unchanging)
}

/** Written-out softmaxes take the largest logit off first, so that no exponential overflows. */
function withoutMaximum(x: Value): Value {
  const [whole, maximum] = operandsOf(x, 'Sub') ?? []
  const [source] = (maximum && operandsOf(behindSteps(maximum, unchanging), 'ReduceMax')) ?? []
  return whole && source === whole ? whole : x
}

function sigmoidInput(value: Value): Value | undefined {
  const [x] = operandsOf(value, 'Sigmoid') ?? []
  if (x) return x
  // 1 / (1 + exp(-x))
  const [one, divisor] = operandsOf(value, 'Div') ?? []
  const [reciprocal] = operandsOf(value, 'Reciprocal') ?? []
  const sum = one && isOne(one) ? divisor : reciprocal
  const terms = (sum && operandsOf(sum, 'Add')) ?? []
  const exponential = terms.find(term => !isOne(term))
  if (terms.length !== 2 || !terms.some(isOne) || exponential?.producer?.op !== 'Exp') return undefined
  return operandsOf(exponential.producer.inputs[0]!, 'Neg')?.[0]
}

const isOne = (value: Value): boolean => {
  const graph: Graph = value.graph
  const content = graph.constantOf(value)
  return (
    content !== undefined &&
    content.data.length > 0 &&
    Array.from<number | bigint>(content.data).every(x => Number(x) === 1)
  )
}

function endsInProbabilities(value: Value, steps: number): boolean {
  const { producer } = value
  if (!producer || steps === 0) return false
  if (['Softmax', 'Sigmoid', 'HardSigmoid'].includes(producer.op)) return true
  if (!choosing.has(producer.op) && !unchanging.has(producer.op)) return false
  const inputs = producer.op === 'Concat' ? producer.inputs : producer.inputs.slice(0, 1)
  return inputs.every(input => input !== undefined && endsInProbabilities(input, steps - 1))
}
